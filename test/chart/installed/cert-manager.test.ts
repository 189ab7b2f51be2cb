import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certManagerBinary, installCrds, start, startControlPlane } from '@activescale/devkit';
import { startNode } from './node.ts';
import { caBundle, everything, leadHere, nothingLeft, openRelease, REMOVERS } from './release.ts';

// With cert-manager's own controllers and in another namespace than the default.

const NAMESPACE = 'scaling';

test("in any namespace, cert-manager's certificate and caBundle outlive an upgrade, and end with the release", {
  timeout: 600_000,
}, async () => {
  await using plane = await startControlPlane({ controllers: REMOVERS });
  await installCrds(plane.admin, 'cert-manager');
  const before = await everything(plane);
  await using node = await startNode(plane, NAMESPACE);
  await using controllers = start({ command: await certManagerBinary(), args: [await plane.kubeconfig()] });
  const release = openRelease(NAMESPACE, await plane.kubeconfig());
  const port = `api.servicePort=${node.addresses.queries.port}`;
  const values = ['--set', `certificates.from=cert-manager,externalMetrics.enabled=true,${port}`];

  await release.install(...values).catch((cause) => {
    throw new Error(`${cause.message}\n${controllers.logs().slice(-6000)}`, { cause });
  });
  await leadHere(plane, NAMESPACE);
  await release.run('test');
  assert.match(node.tasks.get('test')?.[0] ?? '', /v1beta1\.external\.metrics\.k8s\.io/);
  const authority = await caBundle(plane);
  await release.install(...values, '--set', 'api.settings.DEMAND_HOLD=60s');
  await release.run('test');
  assert.equal(await caBundle(plane), authority);

  await release.run('uninstall', '--wait', '--timeout', '3m');
  await nothingLeft(plane, { namespace: NAMESPACE, before });
});
