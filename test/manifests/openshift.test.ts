import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, installCrds, type KubeObject, startControlPlane } from '@activescale/devkit';
import { OVERLAYS, overlayObjects, overlayWith, podTemplates } from './overlays.ts';

// The component openshift on top of every overlay. There is no OpenShift here: what its SCC refuses is looked for in
// the objects, and kube-apiserver takes all of them.

let plane: ControlPlane;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openshift-'));
  plane = await startControlPlane();
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
  const namespace = (await overlayObjects('dev')).find(({ kind }) => kind === 'Namespace');
  assert.ok(namespace);
  await plane.admin.apply(namespace);
});
after(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

function onOpenShift(overlay: string): Promise<KubeObject[]> {
  return overlayWith(overlay, 'openshift');
}

interface Policy extends KubeObject {
  spec: { egress?: { to?: object[]; ports?: { port: number | string; protocol?: string }[] }[] };
}

const isPolicy = (object: KubeObject): object is Policy => object.kind === 'NetworkPolicy';

/** `UDP/53` for each port that a policy lets out. */
function egressPorts({ spec }: Policy): string[] {
  const ports = (spec.egress ?? []).flatMap((rule) => rule.ports ?? []);
  return ports.map(({ port, protocol = 'TCP' }) => `${protocol}/${port}`);
}

const FIXED = ['runAsUser', 'runAsGroup', 'fsGroup', 'supplementalGroups'];

/** The keys of an object and of all that is in it. */
function keysOf(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

for (const overlay of OVERLAYS) {
  test(`${overlay} on OpenShift: no pod has a fixed user or group id, and all else of it stays`, async () => {
    const [plain, templates] = [await overlayObjects(overlay), podTemplates(await onOpenShift(overlay))];
    assert.ok(templates.size >= 2);
    for (const [owner, { spec }] of podTemplates(plain)) {
      const patched = templates.get(owner)?.spec as { securityContext?: object } | undefined;
      const { securityContext, ...rest } = patched ?? {};
      assert.deepEqual(
        keysOf(patched).filter((key) => FIXED.includes(key)),
        [],
        owner,
      );
      assert.deepEqual(
        securityContext,
        { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        owner,
      );
      const { securityContext: _, ...before } = spec as { securityContext?: object };
      assert.deepEqual(rest, before, owner);
    }
  });

  test(`${overlay} on OpenShift: each NetworkPolicy that lets DNS out lets it out to 5353 too`, async () => {
    const policies = (await onOpenShift(overlay)).filter(isPolicy);
    const resolving = policies.filter((policy) => egressPorts(policy).includes('UDP/53'));
    assert.ok(resolving.length >= 2);
    for (const policy of policies) {
      const ports = egressPorts(policy);
      for (const protocol of ['UDP', 'TCP']) {
        assert.equal(
          ports.includes(`${protocol}/5353`),
          ports.includes(`${protocol}/53`),
          policy.metadata.name,
        );
      }
    }
  });

  test(`${overlay} on OpenShift: kube-apiserver knows every field, and its pods are still "restricted"`, async () => {
    const objects = await onOpenShift(overlay);
    const file = join(folder, `${overlay}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await plane.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', file);
    for (const [owner, { metadata, spec, claims }] of podTemplates(objects)) {
      const name = owner.toLowerCase().replaceAll(' ', '-');
      const { status, body } = await plane.admin.request('/api/v1/namespaces/activescale/pods?dryRun=All', {
        method: 'POST',
        body: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { ...metadata, name },
          spec: { ...spec, volumes: [...(spec.volumes ?? []), ...claims] },
        },
      });
      assert.equal(status, 201, `${owner}: ${body}`);
    }
  });
}
