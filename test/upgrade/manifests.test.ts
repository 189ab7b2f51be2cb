import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, installCrds, type KubeObject, startControlPlane } from '@activescale/devkit';
import { OVERLAYS, overlayObjects, root } from '../manifests/overlays.ts';
import { lostNames, previous } from './previous.ts';

// The commands of docs/install.md, "Upgrade". Between two releases with the same overlay Kubernetes refuses a change of an
// immutable field, such as a Deployment's selector or a StatefulSet's volumes. test/e2e/hpa/rolling-update.test.ts has
// both releases running.

const install = await readFile(join(root, 'docs/install.md'), 'utf8');
const [, command = ''] = /^kubectl (delete job .*)$/m.exec(install) ?? [];
const deleteJobs = command.split(' ');

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ controllers: ['garbage-collector-controller', 'namespace-controller'] });
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
});
after(() => plane?.stop());

for (const overlay of OVERLAYS) {
  test(`${overlay} of the previous release can be upgraded and rolled back`, async () => {
    const { admin } = plane;
    const apply = (checkout: string) =>
      plane.kubectl('apply', '-k', join(checkout, 'deploy/overlays', overlay));
    await apply(previous);
    for (const checkout of [root, previous, root]) {
      await plane.kubectl(...deleteJobs);
      await apply(checkout);
    }
    const { status } = await admin.request(
      '/apis/apps/v1/namespaces/activescale/deployments/activescale-api',
    );
    assert.equal(status, 200);
  });

  test(`an upgrade of ${overlay} leaves no object without a word in CHANGELOG.md`, async () => {
    const before = await overlayObjects(overlay, previous);
    const after = await overlayObjects(overlay);
    assert.deepEqual(lostNames(lastingNames(before), lastingNames(after)), []);
  });
}

/** Kinds and names, except of ConfigMaps, whose names change with their content. */
function lastingNames(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind }) => kind !== 'ConfigMap')
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
}
