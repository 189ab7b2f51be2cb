import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  alternativeNames,
  basicConstraints,
  der,
  extendedKeyUsage,
  type GoVerifier,
  keyUsage,
  type OddAttribute,
  type OddCertificate,
  type OddCertificateOptions,
  type OddExtension,
  octets,
  oddCertificate,
  sequence,
  startGoVerifier,
} from '@activescale/devkit';
import fc from 'fast-check';
import { FOR_CLIENTS, FOR_SERVERS, isTrusted } from './certificate-chain.ts';
import { certificateUser } from './certificate-user.ts';

// What kube-apiserver refuses must not be a user here, and of two names both must see the same one. Go's own library decides.

const CN = '2.5.4.3';
const O = '2.5.4.10';
const ANY = '2.5.29.37.0';
const MASTERS: OddCertificateOptions['subject'] = [
  [{ type: CN, value: 'root' }],
  [{ type: O, value: 'system:masters' }],
];
const named = (...names: readonly string[]) => names.map((value) => [{ type: CN, value }]);
const authority = (
  name: string,
  issuer?: OddCertificate,
  extensions: readonly OddExtension[] = [],
  more: Partial<OddCertificateOptions> = {},
) =>
  oddCertificate({
    subject: named(name),
    issuer,
    extensions: [basicConstraints(true), keyUsage(0x06), ...extensions],
    ...more,
  });
const leaf = (
  issuer: OddCertificate | undefined,
  extensions: readonly OddExtension[] = [extendedKeyUsage(FOR_CLIENTS)],
  more: Partial<OddCertificateOptions> = {},
) => oddCertificate({ subject: MASTERS, issuer, extensions: [keyUsage(0x80), ...extensions], ...more });

const root = authority('ca');
let go: GoVerifier;
before(async () => {
  go = await startGoVerifier();
});
after(() => go[Symbol.asyncDispose]());

interface Seen {
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
  readonly error: string | undefined;
}

/** @param chain the leaf, and then who issued whom */
async function bothSee(chain: readonly OddCertificate[], roots: readonly OddCertificate[]): Promise<Seen> {
  const raw = (list: readonly OddCertificate[]) => list.map((each) => each.raw);
  const { error, name = '', groups = [] } = await go.verify(raw(chain), raw(roots));
  const theirs = error === undefined ? JSON.stringify([name, groups]) : undefined;
  return { ours: ourUser(chain, roots), theirs, error };
}

function ourUser(chain: readonly OddCertificate[], roots: readonly OddCertificate[]): string | undefined {
  const [certificates, anchors] = [chain.map(readable), roots.map(readable)];
  const [first] = certificates;
  if (first === undefined || [...certificates, ...anchors].includes(undefined)) return undefined; // TLS refuses it
  const issuerOf = (each: X509Certificate) => certificates[certificates.indexOf(each) + 1];
  const trusted = anchors.filter((anchor) => anchor !== undefined);
  if (!isTrusted({ leaf: first, issuerOf }, FOR_CLIENTS, trusted, Date.now())) return undefined;
  const user = certificateUser(first);
  return user && JSON.stringify([user.name, user.groups]);
}

function readable({ raw }: OddCertificate): X509Certificate | undefined {
  try {
    return new X509Certificate(raw);
  } catch {
    return undefined;
  }
}

/** Both accept it, as this user. */
async function assertUser(chain: readonly OddCertificate[], name: string, groups: readonly string[] = []) {
  const { ours, theirs, error } = await bothSee(chain, [root]);
  assert.equal(error, undefined);
  assert.equal(ours, JSON.stringify([name, groups]));
  assert.equal(theirs, ours);
}

test('the usual certificates are the users that Go sees', async () => {
  const client = [extendedKeyUsage(FOR_CLIENTS)];
  const of = (subject: OddCertificateOptions['subject'], extensions = client, more = {}) =>
    leaf(root, extensions, { subject, ...more });
  await assertUser([leaf(root)], 'root', ['system:masters']);
  await assertUser([of(named('alice', 'mallory'))], 'mallory');
  await assertUser([of(named('mallory', 'alice'))], 'alice');
  await assertUser([of([named('alice', 'mallory').flat()])], 'mallory');
  await assertUser([of(named('', 'jörg 🐘'))], 'jörg 🐘');
  await assertUser([of(named('a\nO=system:masters'))], 'a\nO=system:masters');
  await assertUser([of([[{ type: CN, value: 'x', tag: 0x13 }], [{ type: O, value: 'y', tag: 0x16 }]])], 'x', [
    'y',
  ]);
  await assertUser([of(named('x'), [])], 'x');
  await assertUser([of(named('x'), [extendedKeyUsage(FOR_SERVERS, ANY)])], 'x');
  await assertUser([oddCertificate({ subject: named('x'), issuer: root, version: 1 })], 'x');
  const names = alternativeNames(
    true,
    [0x82, 'a.example'],
    [0x86, 'spiffe://a.example/ns/b'],
    [0x87, Buffer.of(10, 0, 0, 1)],
  );
  await assertUser([of(named('x'), [...client, names])], 'x');
  const harmless = { id: '1.2.3.4', critical: false, value: octets() };
  await assertUser([of(named('x'), [...client, harmless])], 'x');
  const between = authority('between', root, [], { extensions: [basicConstraints(true, 0), keyUsage(0x04)] });
  await assertUser([leaf(between), between], 'root', ['system:masters']);
});

test('a certificate of a shape that Go refuses identifies no user', async (t) => {
  const plain = leaf(root, [], { extensions: [keyUsage(0x84)] });
  const notCa = leaf(root, [], { extensions: [basicConstraints(false), keyUsage(0x04)] });
  const serverOnly = authority('server', root, [extendedKeyUsage(FOR_SERVERS)]);
  const short = authority('short', root, [], { extensions: [basicConstraints(true, 0)] });
  const below = authority('below', short);
  const noSign = authority('no sign', root, [], { extensions: [basicConstraints(true), keyUsage(0x80)] });
  const hour = 3_600_000;
  const past = authority('past', root, [], { from: Date.now() - 2 * hour, to: Date.now() - hour });
  const dns = Buffer.from('ok.example');
  const constraints = sequence(der(0xa0, sequence(der(0x82, dns))));
  const narrow = authority('narrow', root, [{ id: '2.5.29.30', critical: true, value: constraints }]);
  const unknown = { id: '1.2.3.4.5', critical: true, value: octets() };
  const twice = [basicConstraints(false), basicConstraints(true)];
  const shapes: Readonly<Record<string, readonly OddCertificate[]>> = {
    'by a leaf': [leaf(plain), plain],
    'by a leaf that may sign': [leaf(notCa), notCa],
    'for servers': [leaf(root, [extendedKeyUsage(FOR_SERVERS)])],
    'by an authority for servers': [leaf(serverOnly), serverOnly],
    'below a path of length 0': [leaf(below), below, short],
    'by an authority that may not sign': [leaf(noSign), noSign],
    'by an authority that has ended': [leaf(past), past],
    'outside of constrained names': [leaf(narrow, [alternativeNames(false, [0x82, 'evil.example'])]), narrow],
    'with an unknown critical extension': [leaf(root, [unknown])],
    'with one extension twice': [leaf(root, twice)],
    'by an authority with one extension twice': ((ca) => [leaf(ca), ca])(
      authority('twice', root, [], { extensions: twice }),
    ),
    'with a negative serial number': [leaf(root, [], { serial: [0x80, 1] })],
    'with an IP address of 5 bytes': [
      leaf(root, [alternativeNames(false, [0x87, Buffer.of(1, 2, 3, 4, 5)])]),
    ],
    'with only unknown critical names': [leaf(root, [alternativeNames(true, [0x88, Buffer.of(1, 2)])])],
    'with a string of the wrong kind': [
      leaf(root, [], { subject: [[{ type: CN, value: 'a_b', tag: 0x13 }]] }),
    ],
    'with a name that is not UTF-8': [
      leaf(root, [], { subject: [[{ type: CN, value: Buffer.of(0xc0, 0x80) }]] }),
    ],
    'without a name': [leaf(root, [], { subject: [[{ type: O, value: 'system:masters' }]] })],
    'issued in another spelling': [
      leaf(root, [], { issuerName: oddCertificate({ subject: named('CA') }).subject }),
    ],
    'of an authority of the same name': [leaf(authority('ca'))],
    'self-signed': [leaf(undefined)],
  };
  for (const [shape, chain] of Object.entries(shapes)) {
    await t.test(shape, async () => {
      const { ours, theirs } = await bothSee(chain, [root]);
      assert.equal(theirs, undefined, 'Go');
      assert.equal(ours, undefined);
    });
  }
});

const sometimes = <T>(usual: T, ...odd: readonly T[]) =>
  fc.oneof({ weight: 25, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const usages = sometimes<readonly OddExtension[]>(
  [],
  ...[[FOR_CLIENTS], [FOR_SERVERS], [FOR_SERVERS, FOR_CLIENTS], [ANY], ['1.2.3']].map((each) => [
    extendedKeyUsage(...each),
  ]),
);
const extras = sometimes<readonly OddExtension[]>(
  [],
  [{ id: '1.2.3.4', critical: true, value: octets() }],
  [{ id: '1.2.3.4', critical: false, value: octets() }],
  [alternativeNames(false, [0x82, 'a.example'], [0x86, 'https://[::1]:x/%zz'])],
  [alternativeNames(true, [0x81, 'a@b.example'])],
  [{ id: '2.5.29.14', critical: true, value: octets(Buffer.of(1)) }],
  [{ id: '2.5.29.35', critical: false, value: Buffer.of(0x30, 0x80, 0, 0) }],
  [{ id: '2.5.29.32', critical: true, value: sequence(sequence(Buffer.of(6, 3, 0x55, 0x1d, 0x20))) }],
  [{ id: '2.5.29.30', critical: true, value: sequence() }],
);
const life = sometimes<Partial<OddCertificateOptions>>(
  {},
  { to: Date.now() - 60_000 },
  { from: Date.now() + 3_600_000 },
  { serial: [0x80] },
  { serial: [0, 1] },
  { version: 1 },
  { version: 2 },
);
const signer = fc.record({
  constraints: sometimes<readonly OddExtension[]>(
    [basicConstraints(true)],
    [],
    [basicConstraints(false)],
    [basicConstraints(true, 0)],
    [basicConstraints(true, 1)],
    [basicConstraints(true, undefined, false), basicConstraints(true)],
  ),
  usage: sometimes<readonly OddExtension[]>([keyUsage(0x04)], [], [keyUsage(0x80)], [keyUsage(0x86)]),
  usages,
  extras,
  life,
});
const attribute: fc.Arbitrary<OddAttribute> = fc.record({
  type: fc.constantFrom(CN, CN, O, O, '2.5.4.11', '1.2.3.4'),
  value: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('alice', 'system:masters', '', 'a b', 'jörg', 'a\0b', 'a,O=b') },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
  ),
  tag: sometimes(0x0c, 0x13, 0x16, 0x12, 0x14, 0x1e, 0x04),
});
const subject = fc.array(fc.array(attribute, { minLength: 1, maxLength: 2 }), { maxLength: 4 });

test('of generated chains none is accepted that Go refuses, and none as another user', {
  timeout: 300_000,
}, async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(signer, { minLength: 1, maxLength: 4 }),
      fc.record({ subject, usages, extras, life }),
      async (signers, own) => {
        let issuer: OddCertificate | undefined;
        const chain: OddCertificate[] = [];
        for (const [i, { constraints, usage, usages, extras, life }] of signers.entries()) {
          const extensions = [...constraints, ...usage, ...usages, ...extras];
          issuer = oddCertificate({ subject: named(`ca ${i}`), issuer, extensions, ...life });
          chain.unshift(issuer);
        }
        const anchor = chain.at(-1);
        assert.ok(anchor);
        const extensions = [...own.usages, ...own.extras];
        const client = oddCertificate({ subject: own.subject, issuer, extensions, ...own.life });
        const { ours, theirs, error } = await bothSee([client, ...chain.slice(0, -1)], [anchor]);
        if (ours !== undefined) {
          accepted++;
          assert.deepEqual({ user: ours, error: undefined }, { user: theirs, error });
        }
      },
    ),
    { numRuns: 1_500 },
  );
  assert.ok(accepted > 50, `only ${accepted} were accepted`);
});
