import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { readCertificates } from '@activescale/kube';
import { chainProblem } from './authority.ts';

const ca = await createAuthority('adapters');
const backend = {
  setting: 'FALLTHROUGH_CUSTOM',
  group: 'custom.metrics.k8s.io',
  namespace: 'monitoring',
  service: 'prometheus-adapter',
  port: 443,
  caFile: '/etc/ca.crt',
};

async function problem(names: readonly string[], authority = ca): Promise<string | undefined> {
  const { cert } = await ca.sign({ name: 'adapter', names, use: 'server' });
  const anchors = readCertificates(authority.cert);
  const found = chainProblem(backend, anchors, readCertificates(cert), Date.now());
  return found && `${found.code} ${found.problem}`;
}

test('a certificate for another name, or of another authority, is found', async () => {
  const right = 'prometheus-adapter.monitoring.svc';
  assert.equal(await problem([right]), undefined);
  assert.match(
    (await problem(['localhost'])) ?? '',
    /^ASC706 its certificate is not for prometheus-adapter\./,
  );
  const other = await createAuthority('other');
  assert.match((await problem([right], other)) ?? '', /^ASC707 FALLTHROUGH_CUSTOM_CA_FILE does not verify/);
});
