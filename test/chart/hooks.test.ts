import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@activescale/devkit';
import { hookOf, PRESETS, presetFile, renderedWithHooks } from './chart.ts';

// The objects of Helm's hooks, which kustomize does not have.

interface Role extends KubeObject {
  rules: { resourceNames: string[]; verbs: string[] }[];
}

interface Owner extends KubeObject {
  spec: { secretName?: string; template?: { spec: { containers: { args: string[] }[] } } };
}

/** `namespace/name` of each Secret that the Job of the removal may delete, and of those that it deletes. */
function deleted(objects: readonly KubeObject[]): { allowed: string[]; named: string[] } {
  const hooks = objects.filter((object) => hookOf(object) === 'post-delete');
  const roles = hooks.filter((object): object is Role => object.kind === 'Role');
  const allowed = roles.flatMap(({ metadata, rules }) =>
    rules.flatMap(({ resourceNames, verbs }) => {
      assert.deepEqual(verbs, ['delete']);
      assert.ok(resourceNames.length > 0, 'a Role without names would be for every Secret');
      return resourceNames.map((name) => `${metadata.namespace}/${name}`);
    }),
  );
  const job = hooks.find(({ kind }) => kind === 'Job') as Owner | undefined;
  const [, ...named] = job?.spec.template?.spec.containers[0]?.args ?? [];
  return { allowed: allowed.sort(), named: named.sort() };
}

/** The Secrets that jobs and cert-manager would create. */
function created(objects: readonly KubeObject[]): string[] {
  const certificates = objects
    .filter(({ kind }) => kind === 'Certificate')
    .map((object) => `${object.metadata.namespace}/${(object as Owner).spec.secretName}`);
  const roles = objects.filter(
    (object): object is Role => object.kind === 'Role' && hookOf(object) === undefined,
  );
  const byJobs = roles.flatMap(({ metadata, rules }) =>
    rules.flatMap(({ resourceNames }) => resourceNames.map((name) => `${metadata.namespace}/${name}`)),
  );
  return [...certificates, ...byJobs].sort();
}

for (const preset of PRESETS) {
  test(`${preset}: the removal deletes the Secrets that jobs and cert-manager create, and no other`, async () => {
    const keda = 'keda.enabled=true,keda.mtls=true';
    const objects = await renderedWithHooks('--values', presetFile(preset), '--set', keda);
    const { allowed, named } = deleted(objects);
    assert.deepEqual(allowed, created(objects));
    assert.deepEqual(named, allowed);
  });
}

test('without created Secrets, or with deleteSecrets=false, there is no hook for the removal', async () => {
  const bundle = '-----BEGIN CERTIFICATE-----';
  const own = `certificates.from=secret,certificates.caBundle=${bundle},valkey.kind=external,valkey.external.address=a:1`;
  for (const values of [own, 'deleteSecrets=false']) {
    const objects = await renderedWithHooks('--set', values);
    assert.deepEqual([...new Set(objects.map(hookOf))].sort(), ['test', undefined]);
  }
});
