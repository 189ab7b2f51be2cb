import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, installCrds, type KubeObject, startControlPlane } from '@activescale/devkit';
import {
  buildOverlay,
  type Container,
  OVERLAYS,
  overlayObjects,
  overlayWith,
  podTemplates,
} from './overlays.ts';

// Every overlay against a real kube-apiserver that knows the kinds of cert-manager and the Prometheus operator.

let plane: ControlPlane;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overlays-'));
  plane = await startControlPlane({ controllers: ['garbage-collector-controller'] });
  await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
  const namespace = (await overlayObjects('dev')).find(({ kind }) => kind === 'Namespace');
  assert.ok(namespace);
  await plane.admin.apply(namespace);
});
after(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A file with what the overlay builds, without its namespace, which stays for all of them. */
async function overlayFile(name: string): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  const documents = (await buildOverlay(name)).split(/^---\n/m);
  await writeFile(path, documents.filter((text) => !/^kind: Namespace$/m.test(text)).join('---\n'));
  return path;
}

for (const name of OVERLAYS) {
  test(`${name}: kube-apiserver takes every object and knows every field, first in a trial, then for good`, async () => {
    const file = await overlayFile(name);
    const trial = await plane.kubectl(
      'apply',
      '--dry-run=server',
      '--validate=strict',
      '-o',
      'name',
      '-f',
      file,
    );
    const applied = await plane.kubectl('apply', '--validate=strict', '-o', 'name', '-f', file);
    assert.equal(applied, trial);
    const expected = (await overlayObjects(name)).filter(({ kind }) => kind !== 'Namespace');
    assert.equal(applied.trimEnd().split('\n').length, expected.length);
    // Nothing is filled in, dropped or written otherwise in a way that would always show as a difference afterwards.
    assert.equal(await plane.kubectl('diff', '-f', file), '');
    await plane.kubectl('delete', '--wait=false', '-f', file);
  });

  test(`${name}: its pods keep to the Pod Security Standard "restricted"`, async () => {
    const templates = podTemplates(await overlayObjects(name));
    assert.ok(templates.size >= 2);
    for (const [owner, { metadata, spec, claims }] of templates) {
      const answer = await tryPod(owner, metadata, {
        ...spec,
        volumes: [...(spec.volumes ?? []), ...claims],
      });
      assert.equal(answer.status, 201, `${owner}: ${answer.body}`);
    }
  });

  test(`${name}: every container has a pinned image, and requests and limits`, async () => {
    for (const [owner, { spec }] of podTemplates(await overlayObjects(name))) {
      for (const { name, image, resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        assert.match(image, /\/[a-z-]+:\d+\.\d+\.\d+$/, `${owner}: ${name}`);
        assert.deepEqual(
          Object.keys(resources?.requests ?? {}).sort(),
          ['cpu', 'memory'],
          `${owner}: ${name}`,
        );
        assert.deepEqual(Object.keys(resources?.limits ?? {}).sort(), ['cpu', 'memory'], `${owner}: ${name}`);
      }
    }
  });

  test(`${name}: no APIService goes without verification, and each gets its authority`, async () => {
    const objects = await overlayObjects(name);
    const services = objects.filter(({ kind }) => kind === 'APIService');
    assert.ok(services.length >= 2);
    for (const { metadata, spec } of services) {
      // Said, so that apply takes back the true of another adapter.
      assert.equal((spec as { insecureSkipTLSVerify?: boolean }).insecureSkipTLSVerify, false);
      assert.ok(
        bundledBy(metadata, objects),
        `nothing puts an authority into the caBundle of ${metadata.name}`,
      );
    }
  });
}

test('no overlay takes external metrics from KEDA or another adapter; the component brings them, with an authority', async () => {
  const ofExternal = (objects: readonly KubeObject[]) =>
    objects.filter(({ metadata }) => metadata.name === 'v1beta1.external.metrics.k8s.io');
  for (const name of OVERLAYS) {
    assert.deepEqual(ofExternal(await overlayObjects(name)), [], name);
    const isCertManager = (await overlayObjects(name)).some(({ kind }) => kind === 'Certificate');
    const component = isCertManager ? 'external-metrics-cert-manager' : 'external-metrics';
    const objects = await overlayWith(name, component);
    const [service] = ofExternal(objects);
    assert.equal(
      (service as { spec?: { insecureSkipTLSVerify?: boolean } }).spec?.insecureSkipTLSVerify,
      false,
    );
    assert.ok(service && bundledBy(service.metadata, objects), name);
  }
});

test('a pod that does not keep to it is refused, so the check is at work', async () => {
  const spec = { hostPID: true, containers: [{ name: 'app', image: 'app' }] };
  const { status, body } = await tryPod('none', {}, spec);
  assert.equal(status, 403);
  assert.match(body, /violates PodSecurity/);
});

function tryPod(owner: string, metadata: object, spec: object) {
  const name = owner.toLowerCase().replaceAll(' ', '-');
  return plane.admin.request('/api/v1/namespaces/activescale/pods?dryRun=All', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec },
  });
}

/** Whether cert-manager is configured for it, or a job has the name. */
function bundledBy({ name, annotations }: KubeObject['metadata'], objects: readonly KubeObject[]): boolean {
  const source = (annotations as Record<string, string>)['cert-manager.io/inject-ca-from'];
  if (source !== undefined) {
    return objects.some(
      ({ kind, metadata }) => kind === 'Certificate' && `${metadata.namespace}/${metadata.name}` === source,
    );
  }
  const names = ({ args = [] }: Container) => args[0] === 'ca-bundle' && args.includes(name);
  const jobs = [...podTemplates(objects).values()].filter(({ spec }) => spec.containers.some(names));
  return jobs.length === 2; // at once, and each day
}
