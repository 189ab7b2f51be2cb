import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ConsulMesh,
  ciliumNames,
  consulNames,
  contourNames,
  createAuthority,
  type EnvoyGatewayNames,
  envoyGatewayBootstrap,
  envoyGatewayNames,
  type IstioPod,
  istioBootstrap,
  istioNames,
} from '@activescale/devkit';
import { parse, stringify } from 'yaml';
import { documented } from '../docs/blocks.ts';

/** What a control plane's own code renders: bootstraps from the settings in our documents, and the names of clusters. */
export interface Rendered {
  readonly what: string;
  /** Where it is kept for tests that have no time to build that code. */
  readonly file: string;
  readonly render: () => Promise<string>;
}

const ISTIO = 'docs/proxies/istio.md';
const folder = join(import.meta.dirname, '../data/proxies');

export const RENDERED: readonly Rendered[] = [
  {
    what: 'Envoy Gateway',
    file: join(folder, 'envoy-gateway.yaml'),
    render: () => envoyGatewayBootstrap(documented('docs/proxies/envoy-gateway.md', /^ {2}bootstrap:$/m)),
  },
  {
    what: 'a sidecar of Istio',
    file: join(folder, 'istio-sidecar.json'),
    render: () => istioBootstrap(podOf('sidecar', 'web', annotatedTemplate())),
  },
  {
    what: 'a gateway of Istio',
    file: join(folder, 'istio-gateway.json'),
    render: () => istioBootstrap(podOf('router', 'public-istio', annotatedGateway('istio'))),
  },
  {
    what: 'a waypoint of Istio',
    file: join(folder, 'istio-waypoint.json'),
    render: () => istioBootstrap(podOf('waypoint', 'waypoint', annotatedGateway('istio-waypoint'))),
  },
  { what: 'istiod for each kind of proxy', file: join(folder, 'istio-names.json'), render: renderIstioNames },
  {
    what: 'Envoy Gateway for its routes',
    file: join(folder, 'envoy-gateway-names.json'),
    render: renderEnvoyGatewayNames,
  },
  {
    what: 'Envoy Gateway for a route with a fallback Backend',
    file: join(folder, 'envoy-gateway-fallback.json'),
    render: renderFallback,
  },
  { what: 'Contour for its proxies', file: join(folder, 'contour-names.json'), render: renderContourNames },
  {
    what: 'Cilium for its Gateways and Ingresses',
    file: join(folder, 'cilium-names.json'),
    render: renderCiliumNames,
  },
  {
    what: 'Consul for each kind of proxy',
    file: join(folder, 'consul-names.json'),
    render: renderConsulNames,
  },
];

const ADDRESSES = ['10.1.0.9'];

/** The names of clusters and connection managers of proxies in a cluster with the objects of istio-objects.yaml. */
async function renderIstioNames(): Promise<string> {
  const objects = await readFile(join(folder, 'istio-objects.yaml'), 'utf8');
  const gateway = (istio: string) =>
    istioNames(objects, {
      type: 'router',
      namespace: 'istio-system',
      labels: { istio },
      addresses: ADDRESSES,
      domain: 'cluster.local',
    });
  const inShop = (type: 'sidecar' | 'waypoint', labels: Readonly<Record<string, string>>) =>
    istioNames(objects, { type, namespace: 'shop', labels, addresses: ADDRESSES, domain: 'cluster.local' });
  const domain = 'corp.example.org';
  const elsewhere = objects.replaceAll('cluster.local', domain);
  const names = {
    router: await gateway('ingressgateway'),
    sniRouter: await gateway('eastwestgateway'),
    sidecar: await inShop('sidecar', { app: 'client' }),
    waypoint: await inShop('waypoint', {
      'gateway.networking.k8s.io/gateway-name': 'waypoint',
      'gateway.istio.io/managed': 'istio.io-mesh-controller',
    }),
    sidecarOfOtherDomain: await istioNames(elsewhere, {
      type: 'sidecar',
      namespace: 'shop',
      labels: { app: 'client' },
      addresses: ADDRESSES,
      domain,
    }),
  };
  return `${JSON.stringify(names, undefined, 2)}\n`;
}

/** The names of clusters and connection managers for the objects of envoy-gateway-objects.yaml, by settings of the EnvoyProxy. */
async function renderEnvoyGatewayNames(): Promise<string> {
  const objects = await withCertificate('envoy-gateway-objects.yaml');
  const fields = /^ {2}# Tests add fields here\.$/m;
  const namesWith = async (settings: string, telemetry = '') => {
    const set = objects
      .replace(fields, `  ${settings}`)
      .replace(/^ {4}metrics:$/m, `    metrics:\n      ${telemetry}`);
    const { clusters, managers }: EnvoyGatewayNames = await envoyGatewayNames(set);
    return { clusters, managers };
  };
  const names = {
    default: await namesWith(''),
    mergeGateways: await namesWith('mergeGateways: true'),
    mergeBackends: await namesWith('mergeBackends: {}'),
    clusterStatName: await namesWith('', 'clusterStatName: "%BACKEND_REFS%"'),
  };
  return `${JSON.stringify(names, undefined, 2)}\n`;
}

/** The clusters of the HTTPRoute in the document, by whether its Service has endpoints. */
async function renderFallback(): Promise<string> {
  const document = 'docs/proxies/envoy-gateway.md';
  const shown = [/^kind: Backend$/m, /^kind: HTTPRoute$/m].map((kind) => documented(document, kind));
  const objects = [await withCertificate('envoy-gateway-objects.yaml'), ...shown].join('---\n');
  const clustersOf = async (text: string) => {
    const { routes } = await envoyGatewayNames(text);
    return routes['httproute/shop/web/rule/0/match/0/*'];
  };
  const endpointsOfWeb = /endpoints:\n {2}- addresses: \[10\.1\.0\.1\]\n.*\n/;
  const names = {
    running: await clustersOf(objects),
    atZero: await clustersOf(objects.replace(endpointsOfWeb, 'endpoints: []\n')),
  };
  return `${JSON.stringify(names, undefined, 2)}\n`;
}

async function renderContourNames(): Promise<string> {
  const names = await contourNames(await withCertificate('contour-objects.yaml'));
  return `${JSON.stringify(names, undefined, 2)}\n`;
}

async function renderCiliumNames(): Promise<string> {
  const names = await ciliumNames(await readFile(join(folder, 'cilium-objects.yaml'), 'utf8'));
  return `${JSON.stringify(names, undefined, 2)}\n`;
}

async function renderConsulNames(): Promise<string> {
  const mesh = parse(await readFile(join(folder, 'consul-mesh.yaml'), 'utf8')) as ConsulMesh;
  return `${JSON.stringify(await consulNames(mesh), undefined, 2)}\n`;
}

/** The objects of a file, and the Secret with a certificate that they refer to. */
async function withCertificate(file: string): Promise<string> {
  const host = 'accounts.example.com';
  const authority = await createAuthority('test');
  const { cert, key } = await authority.sign({ name: host, names: [host], use: 'server' });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'accounts', namespace: 'shop' },
    data: { 'tls.crt': btoa(cert), 'tls.key': btoa(key) },
  };
  return `${await readFile(join(folder, file), 'utf8')}---\n${stringify(secret)}`;
}

type Annotations = IstioPod['annotations'];

function podOf(type: IstioPod['type'], workload: string, annotations: Annotations): IstioPod {
  const name = `${workload}-6d5f7c9b8-abcde`;
  return { type, name, namespace: 'shop', address: '10.1.0.7', workload, annotations };
}

function annotatedTemplate(): Annotations {
  const text = documented(ISTIO, /^metadata:\n {2}annotations:\n {4}sidecar\.istio\.io\/statsFlush/);
  return (parse(text) as { metadata: { annotations: Annotations } }).metadata.annotations;
}

/** istiod copies them to the pods that it creates for a Gateway (files/waypoint.yaml and kube-gateway.yaml of its charts). */
function annotatedGateway(className: string): Annotations {
  const text = documented(ISTIO, new RegExp(`gatewayClassName: ${className}$`, 'm'));
  const { spec } = parse(text) as { spec: { infrastructure: { annotations: Annotations } } };
  return spec.infrastructure.annotations;
}
