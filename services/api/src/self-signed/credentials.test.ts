import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { bundleProblem, readCertificates } from '@activescale/kube';
import { AUTHORITY_LIFE_MS, DAY_MS, SERVING_LIFE_MS } from './authority.ts';
import { type Credentials, renew } from './credentials.ts';

const NAME = 'activescale-api.activescale.svc';
const NOW = Date.parse('2026-11-24T12:00:00Z');
const first = await renew({ authority: undefined, serving: undefined }, NAME, NOW);

/** What api would say of it as what it serves. */
function problem({ authority, serving }: Credentials, now: number): string | undefined {
  const service = { name: 'activescale-api', namespace: 'activescale' };
  const caBundle = Buffer.from(authority.bundle).toString('base64');
  return bundleProblem(
    { metadata: { name: 'x' }, spec: { service, caBundle } },
    readCertificates(serving.cert),
    now,
  );
}

test('makes an authority and a certificate that it vouches for', () => {
  assert.equal(problem(first, NOW), undefined);
  const [authority, serving] = [
    new X509Certificate(first.authority.cert),
    new X509Certificate(first.serving.cert),
  ];
  assert.equal(authority.ca, true);
  assert.equal(serving.ca, false);
  assert.equal(serving.subjectAltName, `DNS:${NAME}`);
  assert.deepEqual(serving.keyUsage, ['1.3.6.1.5.5.7.3.1']);
});

test('keeps valid certificates', async () => {
  const next = await renew(first, NAME, NOW + SERVING_LIFE_MS / 2);
  assert.equal(next.authority, first.authority);
  assert.equal(next.serving, first.serving);
});

test('renews the certificate, under the same authority, when a third of its life is left', async () => {
  const later = NOW + (SERVING_LIFE_MS * 2) / 3 + DAY_MS;
  const next = await renew(first, NAME, later);
  assert.equal(next.authority, first.authority);
  assert.notEqual(next.serving.cert, first.serving.cert);
  assert.equal(problem(next, later + SERVING_LIFE_MS - DAY_MS), undefined);
});

test('replaces a certificate that is for another name, by another authority or without its key', async () => {
  const other = await renew({ authority: undefined, serving: undefined }, NAME, NOW);
  const strangers = [
    { ...first, serving: other.serving },
    { ...first, serving: { cert: first.serving.cert, key: other.serving.key } },
    { ...first, serving: { cert: 'no certificate', key: 'no key' } },
  ];
  for (const kept of strangers) {
    const next = await renew(kept, NAME, NOW);
    assert.equal(next.authority, first.authority);
    assert.equal(problem(next, NOW), undefined);
  }
  assert.notEqual((await renew(first, 'api.elsewhere.svc', NOW)).serving, first.serving);
});

test('an authority that would not outlive a certificate is followed by one beside which it is still trusted', async () => {
  const late = NOW + AUTHORITY_LIFE_MS - SERVING_LIFE_MS + DAY_MS;
  const next = await renew(first, NAME, late);
  assert.notEqual(next.authority.cert, first.authority.cert);
  assert.equal(problem(next, late), undefined);
  const recent = await renew(first, NAME, late - 2 * DAY_MS);
  assert.equal(recent.authority, first.authority);
  assert.equal(problem({ authority: next.authority, serving: recent.serving }, late), undefined);
});
