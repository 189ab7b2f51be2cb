import { contentOf, DerError, type Element, readElements, readInside, readOid, TAG } from './der.ts';

/** An attribute of a name, in the order of the certificate: `2.5.4.3` is CN, `2.5.4.10` is O. */
export interface Attribute {
  readonly type: string;
  readonly value: string;
}

/**
 * The attributes of a distinguished name, with the rules for strings of Go's crypto/x509 (parser.go, parseASN1String).
 * Defunct kinds of strings, which Go reads, are refused.
 */
export function readName(name: Element | undefined): Attribute[] {
  return readInside(name, TAG.sequence).flatMap((set) =>
    readInside(set, TAG.set).map((pair): Attribute => {
      const [type, value, ...more] = readInside(pair, TAG.sequence);
      if (value === undefined || more.length > 0) throw new DerError('an attribute without one value');
      return { type: readOid(type), value: readString(value) };
    }),
  );
}

const CHARACTERS: Readonly<Record<number, RegExp>> = {
  [TAG.printableString]: /^[A-Za-z0-9'()+,\-./ :=?*&]*$/,
  [TAG.numericString]: /^[0-9 ]*$/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: IA5String is ASCII, all of it
  [TAG.ia5String]: /^[\x00-\x7f]*$/,
};
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readString({ tag, content }: Element): string {
  if (tag === TAG.utf8String) {
    try {
      return UTF8.decode(content);
    } catch {
      throw new DerError('a string that is not UTF-8');
    }
  }
  const text = content.toString('latin1');
  if (CHARACTERS[tag]?.test(text) !== true) throw new DerError(`a string of kind ${tag} that is not allowed`);
  return text;
}

const EMAIL = 0x81;
const DNS = 0x82;
const URI = 0x86;
const IP = 0x87;
/** A subset of what Go's url.Parse accepts. */
const PLAIN_URI =
  /^[a-z][a-z0-9+.-]*:(\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?)?(\/[\w.~:@!$&'()*+,;=/-]*)?$/i;

/**
 * Checks alternative names as Go's parser does, which refuses a certificate with a malformed one.
 * @returns whether one is of a kind that Go knows
 */
export function checkAlternativeNames(extension: Buffer): boolean {
  const [names, ...more] = readElements(extension);
  if (more.length > 0) throw new DerError('more than a list of alternative names');
  let known = false;
  for (const { tag, content } of readElements(contentOf(names, TAG.sequence))) {
    if (tag === IP && content.length !== 4 && content.length !== 16) throw new DerError('no IP address');
    const text = content.toString('latin1');
    if ([EMAIL, DNS, URI].includes(tag) && !CHARACTERS[TAG.ia5String]?.test(text)) {
      throw new DerError('an alternative name that is not ASCII');
    }
    if (tag === URI && !PLAIN_URI.test(text)) throw new DerError('no plain URI');
    if ([EMAIL, DNS, URI, IP].includes(tag)) known = true;
  }
  return known;
}
