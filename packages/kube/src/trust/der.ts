/** One element of DER (ITU-T X.690). */
export interface Element {
  /** Class, form and number in one byte; larger numbers do not occur in certificates. */
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly raw: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The bytes are not DER, or not a supported certificate. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/**
 * The elements in the bytes. Strict, like Go's cryptobyte: one encoding for each value, no trailing bytes.
 * @throws DerError
 */
export function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

/** The elements inside an element of this tag. */
export function readInside(element: Element | undefined, tag: number): Element[] {
  return readElements(contentOf(element, tag));
}

export function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new DerError(`tag ${element?.tag} where ${tag} is expected`);
  return element.content;
}

function readElement(bytes: Buffer, start: number): Element {
  const tag = bytes[start] ?? 0;
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes');
  let at = start + 1;
  let length = bytes[at++] ?? 0xff;
  if (length > 0x84 || length === 0x80) throw new DerError('a length that is not DER');
  if (length > 0x7f) {
    const end = at + (length & 0x7f);
    if (end > bytes.length || bytes[at] === 0) throw new DerError('a length that is not DER');
    for (length = 0; at < end; at++) length = length * 256 + (bytes[at] ?? 0);
    if (length < 0x80) throw new DerError('a length that is not DER');
  }
  if (at + length > bytes.length) throw new DerError('a truncated element');
  return { tag, content: bytes.subarray(at, at + length), raw: bytes.subarray(start, at + length) };
}

/** As text: `2.5.4.3`. */
export function readOid(element: Element | undefined): string {
  const bytes = contentOf(element, TAG.oid);
  const numbers: number[] = [];
  let number = 0;
  let begins = true;
  for (const byte of bytes) {
    if (begins && byte === 0x80) throw new DerError('an object identifier that is not DER');
    number = number * 128 + (byte & 0x7f);
    if (number > 0xffff_ffff) throw new DerError('an object identifier with a large number');
    begins = byte < 0x80;
    if (!begins) continue;
    numbers.push(number);
    number = 0;
  }
  const [first, ...rest] = numbers;
  if (first === undefined || !begins) throw new DerError('a truncated object identifier');
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join('.');
}

export function readBoolean(element: Element | undefined): boolean {
  const bytes = contentOf(element, TAG.boolean);
  if (bytes.length !== 1 || (bytes[0] !== 0 && bytes[0] !== 0xff)) throw new DerError('no boolean');
  return bytes[0] === 0xff;
}

/** The bytes of an integer that is not negative. */
export function readUnsigned(element: Element | undefined): Buffer {
  const bytes = contentOf(element, TAG.integer);
  const [first = 0x80, second = 0x80] = bytes;
  if (first >= 0x80) throw new DerError('a negative integer');
  if (first === 0 && bytes.length > 1 && second < 0x80) throw new DerError('an integer that is not DER');
  return bytes;
}

/** Whole bytes; the padding bits are 0. */
export function readBits(element: Element | undefined): Buffer {
  const [unused = 8, ...bytes] = contentOf(element, TAG.bitString);
  const last = bytes.at(-1) ?? 0;
  const filling = (1 << unused) - 1;
  if (unused > 7 || (bytes.length === 0 && unused > 0) || (last & filling) !== 0) {
    throw new DerError('not a bit string');
  }
  return Buffer.from(bytes);
}
