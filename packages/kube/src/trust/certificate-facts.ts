import { type Attribute, checkAlternativeNames, readName } from './certificate-names.ts';
import {
  contentOf,
  DerError,
  type Element,
  readBits,
  readBoolean,
  readElements,
  readInside,
  readOid,
  readUnsigned,
  TAG,
} from './der.ts';

/** The content of a certificate that decides whether it is trusted. */
export interface CertificateFacts {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly subjectNames: readonly Attribute[];
  /** Object identifier. */
  readonly signature: string;
  /** Object identifier of the key's algorithm, or of its curve. */
  readonly key: string;
  /** From basicConstraints; undefined: there are none. */
  readonly authority: { readonly isCa: boolean; readonly maxPathLength: number | undefined } | undefined;
  /** Whether the key may sign certificates; undefined: its usage is not limited. */
  readonly signsCertificates: boolean | undefined;
  /** Extended key usages; undefined: any. */
  readonly usages: readonly string[] | undefined;
}

type Extensions = Pick<CertificateFacts, 'authority' | 'signsCertificates' | 'usages'>;

/** A certificate has a few KB; an unknown one is parsed before its signature is verified. */
const MAX_BYTES = 16_384;
const ELLIPTIC_CURVE = '1.2.840.10045.2.1';
const VERSION_3 = Buffer.from([0x02, 0x01, 0x02]);
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;

/**
 * Parses a certificate as strictly as Go's crypto/x509 (parser.go), or more strictly: a certificate that the
 * two might read differently is refused. OpenSSL accepts some encodings that are not DER, several
 * basicConstraints and negative serial numbers.
 * @throws DerError
 */
export function readCertificateFacts(raw: Buffer): CertificateFacts {
  if (raw.length > MAX_BYTES) throw new DerError(`${raw.length} bytes, at most ${MAX_BYTES} are allowed`);
  const [whole, ...after] = readElements(raw);
  const [signed, algorithm, signature, ...rest] = readInside(whole, TAG.sequence);
  if (after.length > 0 || rest.length > 0) throw new DerError('more than a certificate');
  readBits(signature);
  const fields = readInside(signed, TAG.sequence);
  const hasVersion = fields[0]?.tag === VERSION_TAG;
  const version = hasVersion ? fields.shift()?.content : undefined;
  const [serial, inner, issuer, validity, subject, key, extensions, ...more] = fields;
  // Version 1 has neither this field nor extensions; `openssl x509 -req` creates it.
  if (hasVersion && version?.equals(VERSION_3) !== true) throw new DerError('neither version 1 nor 3');
  if (more.length > 0 || (!hasVersion && extensions !== undefined)) throw new DerError('unknown fields');
  readUnsigned(serial);
  if (!algorithm?.raw.equals(inner?.raw ?? Buffer.alloc(0))) throw new DerError('two signature algorithms');
  readName(issuer);
  checkValidity(readInside(validity, TAG.sequence));
  return {
    issuer: issuer?.raw ?? Buffer.alloc(0),
    subject: subject?.raw ?? Buffer.alloc(0),
    subjectNames: readName(subject),
    signature: readOid(readInside(algorithm, TAG.sequence)[0]),
    key: readKey(key),
    ...readExtensions(extensions),
  };
}

function checkValidity([from, to, ...more]: readonly Element[]): void {
  for (const time of [from, to]) {
    const digits = time?.tag === TAG.utcTime ? 12 : time?.tag === TAG.generalizedTime ? 14 : 0;
    const text = time?.content.toString('latin1') ?? '';
    if (text.length !== digits + 1 || !/^\d+Z$/.test(text)) throw new DerError('no time in UTC');
  }
  if (more.length > 0) throw new DerError('more than two times');
}

function readKey(key: Element | undefined): string {
  const [algorithm, bits] = readInside(key, TAG.sequence);
  const [type, parameters] = readInside(algorithm, TAG.sequence);
  readBits(bits);
  return readOid(type) === ELLIPTIC_CURVE ? readOid(parameters) : readOid(type);
}

function readExtensions(element: Element | undefined): Extensions {
  let facts: Extensions = { authority: undefined, signsCertificates: undefined, usages: undefined };
  if (element === undefined) return facts;
  const [list, ...more] = readInside(element, EXTENSIONS_TAG);
  if (more.length > 0) throw new DerError('more than a list of extensions');
  const seen = new Set<string>();
  for (const extension of readInside(list, TAG.sequence)) {
    const fields = readInside(extension, TAG.sequence);
    const [id, value] = [readOid(fields[0]), contentOf(fields.at(-1), TAG.octetString)];
    const critical = fields.length === 3 && readBoolean(fields[1]);
    if (fields.length > 3 || seen.has(id)) throw new DerError(`extension ${id} is malformed or there twice`);
    seen.add(id);
    facts = { ...facts, ...readExtension(id, critical, value) };
  }
  return facts;
}

/**
 * RFC 5280, 4.2. Extensions that Go reads are checked; one that could restrict the use and is not supported is
 * refused.
 */
function readExtension(id: string, critical: boolean, value: Buffer): Partial<Extensions> {
  switch (id) {
    case '2.5.29.19':
      return { authority: readAuthority(value) };
    case '2.5.29.15': {
      const [first = 0] = readBits(onlyElement(value));
      return { signsCertificates: (first & 0x04) !== 0 };
    }
    case '2.5.29.37':
      return { usages: readInside(onlyElement(value), TAG.sequence).map(readOid) };
    case '2.5.29.17':
      if (!checkAlternativeNames(value) && critical) throw new DerError('only unknown alternative names');
      return {};
    case '2.5.29.14': // subject key identifier
      contentOf(onlyElement(value), TAG.octetString);
      break;
    case '2.5.29.35': // authority key identifier
      readInside(onlyElement(value), TAG.sequence);
      break;
    case '1.3.6.1.5.5.7.1.1': // authority information access
      for (const each of readInside(onlyElement(value), TAG.sequence))
        readOid(readInside(each, TAG.sequence)[0]);
      break;
    case '2.5.29.31': // distribution points of revocation lists, which Go does not ask either
      for (const each of readInside(onlyElement(value), TAG.sequence)) readInside(each, TAG.sequence);
      return {};
    case '2.5.29.32': // policies
      for (const each of readInside(onlyElement(value), TAG.sequence))
        readOid(readInside(each, TAG.sequence)[0]);
      return {};
    case '2.5.29.30':
    case '2.5.29.33':
    case '2.5.29.36':
    case '2.5.29.54':
      throw new DerError(`extension ${id}: constraints of names and policies are not supported`);
  }
  if (critical) throw new DerError(`extension ${id} must not be critical, or is unknown`);
  return {};
}

function readAuthority(value: Buffer): CertificateFacts['authority'] {
  const fields = readInside(onlyElement(value), TAG.sequence);
  const isCa = fields[0]?.tag === TAG.boolean && readBoolean(fields.shift());
  const length = fields.shift();
  if (fields.length > 0) throw new DerError('basicConstraints with more than two fields');
  if (length === undefined) return { isCa, maxPathLength: undefined };
  const bytes = readUnsigned(length);
  if (bytes.length > 2) throw new DerError('a large path length');
  return { isCa, maxPathLength: bytes.readUIntBE(0, bytes.length) };
}

function onlyElement(bytes: Buffer): Element | undefined {
  const [only, ...more] = readElements(bytes);
  if (more.length > 0) throw new DerError('more than one value');
  return only;
}
