import { join } from 'node:path';
import { type IstioPod, istioBootstrap } from '@activescale/devkit';
import { parse } from 'yaml';
import { blocksOf } from '../docs/blocks.ts';

/** A bootstrap that a control plane's own code renders from the settings in our documents. */
export interface Rendered {
  readonly what: string;
  /** Where it is kept for tests that have no time to build that code. */
  readonly file: string;
  readonly render: () => Promise<string>;
}

const folder = join(import.meta.dirname, '../data/proxies');

export const RENDERED: readonly Rendered[] = [
  {
    what: 'a gateway of Istio',
    file: join(folder, 'istio-gateway.json'),
    render: () => istioBootstrap(podOfGateway('router', /gatewayClassName: istio$/m)),
  },
  {
    what: 'a waypoint of Istio',
    file: join(folder, 'istio-waypoint.json'),
    render: () => istioBootstrap(podOfGateway('waypoint', /gatewayClassName: istio-waypoint$/m)),
  },
];

/** The pod that istiod creates for a documented Gateway: it copies the annotations (files/waypoint.yaml, kube-gateway.yaml). */
function podOfGateway(type: IstioPod['type'], text: RegExp): IstioPod {
  const { metadata, spec } = parse(documented('docs/proxies/istio.md', text)) as {
    metadata: { name: string; namespace: string };
    spec: { infrastructure: { annotations: Record<string, string> } };
  };
  const workload = type === 'waypoint' ? metadata.name : `${metadata.name}-istio`;
  return {
    type,
    name: `${workload}-6d5f7c9b8-abcde`,
    namespace: metadata.namespace,
    address: '10.1.0.7',
    workload,
    annotations: spec.infrastructure.annotations,
  };
}

/** The YAML of a document with this text. */
export function documented(document: string, text: RegExp): string {
  const block = blocksOf('yaml').find((each) => each.where.startsWith(document) && text.test(each.text));
  if (block === undefined) throw new Error(`${document} shows no YAML with ${text}`);
  return block.text;
}
