import { join } from 'node:path';
import { envoyGatewayBootstrap, type IstioPod, istioBootstrap } from '@activescale/devkit';
import { parse } from 'yaml';
import { documented } from '../docs/blocks.ts';

/** A bootstrap that a control plane's own code renders from the settings in our documents. */
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
];

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
