import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, boolean, der, integer, octets, oid, sequence, utcTime } from './der-writer.ts';

/** An attribute of a subject: CN `2.5.4.3`, O `2.5.4.10`; `tag` is the kind of its string, UTF8String unless given. */
export interface OddAttribute {
  readonly type: string;
  readonly value: string | Uint8Array;
  readonly tag?: number;
}

export interface OddExtension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** A certificate, valid or not. Absent fields get the value of a valid certificate. */
export interface OddCertificateOptions {
  /** Relative distinguished names; several attributes in one are written in this order. */
  readonly subject: readonly (readonly OddAttribute[])[];
  /** undefined: it signs itself. */
  readonly issuer?: OddCertificate | undefined;
  /** In place of the issuer's subject. */
  readonly issuerName?: Uint8Array | undefined;
  readonly version?: 1 | 2 | 3;
  readonly serial?: readonly number[];
  /** ms since the epoch. */
  readonly from?: number;
  readonly to?: number;
  readonly extensions?: readonly OddExtension[];
}

export interface OddCertificate {
  readonly raw: Buffer;
  readonly pem: string;
  readonly subject: Buffer;
  readonly privateKey: KeyObject;
}

const HOUR_MS = 3_600_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export function oddCertificate(options: OddCertificateOptions): OddCertificate {
  const { issuer, version = 3, serial = [1], extensions = [] } = options;
  const now = Date.now();
  const { from = now - HOUR_MS, to = now + 24 * HOUR_MS } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = distinguishedName(options.subject);
  const body = sequence(
    ...(version === 1 ? [] : [der(0xa0, integer(version - 1))]),
    integer(...serial),
    ECDSA_SHA256,
    options.issuerName ?? issuer?.subject ?? subject,
    sequence(utcTime(from), utcTime(to)),
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions.map(extension)))]),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const raw = sequence(body, ECDSA_SHA256, bits(signature));
  const lines = raw.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    raw,
    pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    subject,
    privateKey,
  };
}

function distinguishedName(names: OddCertificateOptions['subject']): Buffer {
  const attribute = ({ type, value, tag = 0x0c }: OddAttribute) =>
    sequence(oid(type), der(tag, Buffer.from(value)));
  return sequence(...names.map((set) => der(0x31, ...set.map(attribute))));
}

function extension({ id, critical, value }: OddExtension): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

export function basicConstraints(isCa: boolean, pathLength?: number, critical = true): OddExtension {
  const fields = [
    ...(isCa ? [boolean(true)] : []),
    ...(pathLength === undefined ? [] : [integer(pathLength)]),
  ];
  return { id: '2.5.29.19', critical, value: sequence(...fields) };
}

/** `0x80` is digitalSignature, `0x04` keyCertSign. */
export function keyUsage(flags: number): OddExtension {
  const unused = flags === 0 ? 0 : Math.min(7, 31 - Math.clz32(flags & -flags));
  return { id: '2.5.29.15', critical: true, value: bits(Buffer.from([flags]), unused) };
}

export function extendedKeyUsage(...usages: readonly string[]): OddExtension {
  return { id: '2.5.29.37', critical: false, value: sequence(...usages.map(oid)) };
}

/** General names by their tag: `0x82` DNS, `0x86` URI, `0x87` IP. */
export function alternativeNames(
  critical: boolean,
  ...names: readonly (readonly [tag: number, value: string | Uint8Array])[]
): OddExtension {
  const value = sequence(...names.map(([tag, bytes]) => der(tag, Buffer.from(bytes))));
  return { id: '2.5.29.17', critical, value };
}
