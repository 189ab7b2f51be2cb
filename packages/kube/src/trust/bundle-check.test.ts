import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { type ApiService, bundleProblem } from './bundle-check.ts';
import { readCertificates } from './certificate-chain.ts';

const ca = await createAuthority('ca');
const other = await createAuthority('ca');
const good = await ca.sign({ name: 'api', names: ['api.activescale.svc'], use: 'server' });

function problem(spec: Partial<ApiService['spec']>, cert = good.cert): string | undefined {
  const service = { name: 'api', namespace: 'activescale' };
  return bundleProblem(
    { metadata: { name: 'x' }, spec: { service, ...spec } },
    readCertificates(cert),
    Date.now(),
  );
}

const bundle = (pem: string) => Buffer.from(pem).toString('base64');

test('accepts a certificate that the bundle verifies for the name', () => {
  assert.equal(problem({ caBundle: bundle(ca.cert) }), undefined);
  assert.equal(problem({ caBundle: bundle(other.cert + ca.cert) }), undefined);
});

test('says what is wrong', async () => {
  assert.match(problem({ caBundle: bundle(other.cert) }) ?? '', /does not verify/);
  assert.match(problem({}) ?? '', /no caBundle/);
  assert.match(problem({ insecureSkipTLSVerify: true }) ?? '', /insecureSkipTLSVerify/);
  const misnamed = await ca.sign({ name: 'api', names: ['localhost'], use: 'server' });
  assert.match(problem({ caBundle: bundle(ca.cert) }, misnamed.cert) ?? '', /not for api\.activescale\.svc/);
  const client = await ca.sign({ name: 'api', names: ['api.activescale.svc'], use: 'client' });
  assert.match(problem({ caBundle: bundle(ca.cert) }, client.cert) ?? '', /does not verify/);
});
