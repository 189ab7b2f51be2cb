import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  certManagerBinary,
  installCrds,
  type KubeObject,
  start,
  startControlPlane,
  until,
} from '@activescale/devkit';
import { overlayObjects } from '../manifests/overlays.ts';

// cert-manager's own controllers on the component cert-manager: `npm run cert-manager`, which builds them the first time.

interface Secret extends KubeObject {
  data: Record<'tls.crt' | 'ca.crt', string>;
}

interface ApiService extends KubeObject {
  spec: { caBundle?: string };
}

const KINDS = ['Namespace', 'Issuer', 'Certificate', 'APIService'];

test('cert-manager makes a certificate that kube-apiserver trusts by every APIService', async () => {
  await using plane = await startControlPlane();
  await installCrds(plane.admin, 'cert-manager');
  const objects = (await overlayObjects('staging')).filter(({ kind }) => KINDS.includes(kind));
  for (const object of objects) await plane.admin.apply(object);
  await using controllers = start({ command: await certManagerBinary(), args: [await plane.kubeconfig()] });

  const services = objects.filter(({ kind }) => kind === 'APIService').map(({ metadata }) => metadata.name);
  assert.equal(services.length, 2);
  const bundle = async (name: string) => {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
    return (await plane.admin.get<ApiService>(path)).spec.caBundle;
  };
  const bundles = async () => (await Promise.all(services.map(bundle))).every(Boolean);
  await until(bundles, { what: 'the caBundles', deadline: 60_000, every: 200 }).catch((cause) => {
    throw new Error(`${cause.message}\n${controllers.logs().slice(-6000)}`, { cause });
  });

  const path = '/api/v1/namespaces/activescale/secrets/activescale-api-tls';
  const { data } = await plane.admin.get<Secret>(path);
  const leaf = certificate(data['tls.crt']);
  assert.equal(leaf.checkHost('activescale-api.activescale.svc'), 'activescale-api.activescale.svc');
  for (const service of services) {
    const authority = certificate((await bundle(service)) ?? '');
    assert.ok(authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey), service);
  }
});

function certificate(base64: string): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}
