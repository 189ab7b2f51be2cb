import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ControlPlane,
  deployment,
  envoyBinary,
  helm,
  istioMeshBinary,
  type KubeObject,
  startApi,
} from '@activescale/devkit';
import { parse, stringify } from 'yaml';
import { root } from '../manifests/overlays.ts';

/** What the checks need. */
export interface Bench {
  readonly plane: ControlPlane;
  /** A folder for files. */
  readonly folder: string;
}

type Value = Readonly<Record<string, unknown>>;

/** A sort of YAML that documents show, and how it is tried. */
interface Check {
  readonly what: string;
  /** Whether it is of this sort. */
  readonly is: (value: Value) => boolean;
  /** Rejects where it would not work. */
  readonly run: (value: Value, text: string, bench: Bench) => Promise<void>;
}

/** The first that fits is the one. */
export const CHECKS: readonly Check[] = [
  {
    what: 'values of the chart, which Helm renders',
    is: ({ kind, images, valkey }) => kind === undefined && (images !== undefined || valkey !== undefined),
    run: async (_, text, { folder }) => {
      const file = join(folder, 'values.yaml');
      await writeFile(file, text);
      await helm('template', 'activescale', join(root, 'deploy/chart'), '--values', file);
    },
  },
  {
    what: 'an overlay, which kube-apiserver takes',
    is: ({ kind }) => kind === 'Kustomization',
    run: (_, text, bench) => overlay(text, bench),
  },
  {
    what: 'a Gateway of Istio, which kube-apiserver takes',
    is: ({ kind, spec }) => kind === 'Gateway' && spec !== undefined,
    run: async (value, _, bench) => {
      const { infrastructure } = value.spec as { infrastructure: { annotations: Record<string, string> } };
      await meshMessage('ProxyConfig', parse(infrastructure.annotations['proxy.istio.io/config'] ?? ''));
      await taken(value, bench);
    },
  },
  {
    what: 'an EnvoyProxy with a bootstrap, which kube-apiserver and Envoy take',
    is: ({ kind, spec }) => kind === 'EnvoyProxy' && (spec as Value).bootstrap !== undefined,
    run: async (value, _, bench) => {
      const { bootstrap } = value.spec as { bootstrap: { type: string; value: string } };
      assert.equal(bootstrap.type, 'Merge');
      await taken(value, bench);
      await bootstrapOfEnvoy(bootstrap.value, bench);
    },
  },
  {
    what: 'an object, which kube-apiserver takes',
    is: ({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined,
    run: (value, _, bench) => taken(value, bench),
  },
  {
    what: "Istio's mesh configuration",
    is: ({ meshConfig }) => meshConfig !== undefined,
    run: ({ meshConfig }) => meshMessage('MeshConfig', meshConfig),
  },
  {
    what: 'a part of ProxyConfig',
    is: ({ envoyMetricsService, proxyStatsMatcher }) =>
      envoyMetricsService !== undefined || proxyStatsMatcher !== undefined,
    run: (value) => meshMessage('ProxyConfig', value),
  },
  {
    what: 'a part of proxyStatsMatcher',
    is: ({ inclusionRegexps }) => inclusionRegexps !== undefined,
    run: (value) => meshMessage('ProxyConfig', { proxyStatsMatcher: value }),
  },
  {
    what: 'the metadata of a pod template',
    is: ({ metadata }) => metadata !== undefined,
    run: async (value, _, bench) => {
      const { annotations } = value.metadata as { annotations: Record<string, string> };
      const config = annotations['proxy.istio.io/config'];
      if (config !== undefined) await meshMessage('ProxyConfig', parse(config));
      await taken(merged(deployment('web', 'shop', 1), { spec: { template: value } }), bench);
    },
  },
  {
    what: "Envoy's bootstrap, which Envoy takes",
    is: ({ static_resources }) => static_resources !== undefined,
    run: (_, text, bench) => bootstrapOfEnvoy(text, bench),
  },
  {
    what: 'arguments, which Envoy takes beside a bootstrap',
    is: ({ args }) => Array.isArray(args),
    run: (value, _, bench) => bootstrapOfEnvoy('admin: {}', bench, value.args as string[]),
  },
  {
    what: 'a METRICS_FILE, with which api starts',
    is: ({ metrics }) => Array.isArray(metrics) && metrics.every((metric) => 'signal' in metric),
    run: async (_, text, { folder }) => {
      const file = join(folder, 'metrics.yaml');
      await writeFile(file, text);
      await using _api = await startApi({
        VALKEY_ADDR: '127.0.0.1:1',
        STANDALONE: 'true',
        METRICS_FILE: file,
      });
    },
  },
  {
    what: 'the triggers of a ScaledObject, which kube-apiserver takes',
    is: ({ triggers }) => Array.isArray(triggers),
    run: ({ triggers }, _, bench) =>
      taken(
        {
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          metadata: { name: 'web', namespace: 'shop' },
          spec: { scaleTargetRef: { name: 'web' }, triggers },
        },
        bench,
      ),
  },
  {
    what: 'metrics or behavior of an HPA',
    is: ({ metrics, behavior }) => Array.isArray(metrics) || behavior !== undefined,
    run: (value, _, bench) => taken(hpa(value), bench),
  },
  {
    what: 'the metric of an HPA',
    is: ({ metric }) => metric !== undefined,
    run: ({ metric }, _, bench) => {
      const target = { type: 'AverageValue', averageValue: '10' };
      return taken(hpa({ metrics: [{ type: 'Pods', pods: { metric, target } }] }), bench);
    },
  },
];

function hpa(spec: Value): Value {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 20,
      ...spec,
    },
  };
}

/** The names of metrics that an HPA, a ScaledObject, or a part of one, asks for. */
export function metricNames(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'metric'
      ? [typeof inner === 'string' ? inner : (inner as { name: string }).name]
      : metricNames(inner),
  );
}

async function taken(value: Value, bench: Bench): Promise<void> {
  await trial(stringify(value), bench, 'object.yaml');
}

async function trial(text: string, { plane, folder }: Bench, name: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, text);
  await plane.kubectl('apply', '--dry-run=server', '--validate=strict', '--filename', file);
}

/** In a copy of the tree, at the path that its first line names. */
async function overlay(text: string, bench: Bench): Promise<void> {
  const [, path = ''] = /^# (deploy\/overlays\/\S+)$/m.exec(text) ?? [];
  if (path === '') throw new Error('its first line has to be its path: # deploy/overlays/...');
  const tree = await mkdtemp(join(bench.folder, 'tree-'));
  await cp(join(root, 'deploy'), join(tree, 'deploy'), { recursive: true });
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), text);
  await trial(await bench.plane.kubectl('kustomize', dirname(join(tree, path))), bench, 'overlay.yaml');
}

async function bootstrapOfEnvoy(
  text: string,
  { folder }: Bench,
  args: readonly string[] = [],
): Promise<void> {
  const file = join(folder, 'envoy.yaml');
  await writeFile(file, text);
  succeeds(await envoyBinary(), ['--mode', 'validate', '--config-path', file, ...args]);
}

async function meshMessage(message: string, value: unknown): Promise<void> {
  succeeds(await istioMeshBinary(), [message], JSON.stringify(value));
}

function succeeds(command: string, args: readonly string[], input = ''): void {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
}

/** Objects laid over one another. */
function merged(base: object, over: object): KubeObject {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    const both = isObject(below) && isObject(value);
    result[key] = both ? merged(below, value) : value;
  }
  return result as unknown as KubeObject;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
