import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  certManagerBinary,
  installCrds,
  type KubeObject,
  namespace,
  start,
  startControlPlane,
  until,
} from '@activescale/devkit';
import { overlayObjects, overlayWith } from '../manifests/overlays.ts';

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
  assert.deepEqual(services.sort(), [
    'v1alpha1.activescale.io',
    'v1beta1.custom.metrics.k8s.io',
    'v1beta2.custom.metrics.k8s.io',
  ]);
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

test("cert-manager makes a client certificate in KEDA's namespace, by the authority that api is given", async () => {
  await using plane = await startControlPlane();
  await installCrds(plane.admin, 'cert-manager');
  await plane.admin.apply(namespace('keda'));
  const objects = await overlayWith('staging', 'keda', 'keda-mtls');
  for (const object of objects.filter(({ metadata }) => metadata.namespace === 'keda'))
    await plane.admin.apply(object);
  await using controllers = start({ command: await certManagerBinary(), args: [await plane.kubeconfig()] });
  const secret = async (name: string) => {
    const path = `/api/v1/namespaces/keda/secrets/${name}`;
    const { status, body } = await plane.admin.request(path);
    return status === 200 ? (JSON.parse(body) as Secret).data : undefined;
  };
  const options = { what: 'the client certificate', deadline: 60_000, every: 200 };
  const { 'tls.crt': client } = await until(() => secret('activescale-client'), options).catch((cause) => {
    throw new Error(`${cause.message}\n${controllers.logs().slice(-6000)}`, { cause });
  });
  const authority = certificate((await secret('activescale-client-ca'))?.['ca.crt'] ?? '');
  const leaf = certificate(client);
  assert.ok(authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2']); // client authentication
});

function certificate(base64: string): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}
