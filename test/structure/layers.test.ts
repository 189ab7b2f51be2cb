import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { importsOf, productionSources } from './sources.ts';

/**
 * The parts of each service, folders and single files, from what wires everything to what knows nothing of the others.
 * A part imports only parts that stand after it. docs/architecture.md, "Folders".
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ingest: [
    ...[
      'main.ts',
      'telemetry',
      'write',
      'config.ts',
      'wires',
      'pod-stream.ts',
      'pod-samples.ts',
      'known-pod.ts',
      'demand',
      'state-budget.ts',
      'stream-pod.ts',
      'subject.ts',
    ],
    ...['arrivals.ts', 'history', 'identity', 'flush', 'limit-error.ts', 'pace.ts', 'exact-array.ts'],
  ],
  api: [
    ...[
      'self-signed',
      'main.ts',
      'metric-sources.ts',
      'config.ts',
      'cluster.ts',
      'keda',
      'tls',
      'app.ts',
      'records',
      'external-metrics',
      'custom-metrics',
    ],
    ...[
      'fall-through',
      'objects',
      'discovery',
      'access',
      'limits',
      'kube',
      'telemetry',
      'derived.ts',
      'metrics',
      'http',
    ],
    'query-trace.ts',
  ],
};

for (const [service, layers] of Object.entries(LAYERS)) {
  test(`the parts of ${service} import in one direction`, () => {
    const edges = partsOf(`services/${service}`);
    const parts = [...new Set([...edges.keys(), ...[...edges.values()].flatMap((to) => [...to.keys()])])];
    assert.deepEqual(
      parts.filter((part) => !layers.includes(part)),
      [],
      'parts that LAYERS has no place for',
    );
    assert.deepEqual(
      layers.filter((part) => !parts.includes(part)),
      [],
      'parts in LAYERS that are gone',
    );
    const wrong = [...edges].flatMap(([from, to]) =>
      [...to]
        .filter(([part]) => layers.indexOf(part) < layers.indexOf(from))
        .map(([part, example]) => `${from} imports ${part}: ${example}`),
    );
    assert.deepEqual(wrong, []);
  });
}

for (const folder of globSync('packages/*', { cwd: join(import.meta.dirname, '../..') }).sort()) {
  test(`no folders of ${folder} import each other`, () => {
    const edges = partsOf(folder);
    const done = new Set<string>();
    const visit = (part: string, path: readonly string[]): void => {
      if (path.includes(part)) assert.fail([...path.slice(path.indexOf(part)), part].join(' imports '));
      if (done.has(part)) return;
      for (const to of edges.get(part)?.keys() ?? []) visit(to, [...path, part]);
      done.add(part);
    };
    for (const part of edges.keys()) visit(part, []);
  });
}

/** By part what it imports of other parts, with one import for each. A part is a folder below `src`, or a file in it. */
function partsOf(folder: string): Map<string, Map<string, string>> {
  const start = `${folder}/src/`;
  const partOf = (path: string): string => path.slice(start.length).split('/')[0] ?? '';
  const edges = new Map<string, Map<string, string>>();
  for (const source of productionSources(folder)) {
    const from = partOf(source.path);
    const to = edges.get(from) ?? new Map<string, string>();
    edges.set(from, to);
    for (const path of importsOf(source)) {
      const part = partOf(path);
      if (part !== from && path.startsWith(start)) to.set(part, `${source.path} -> ${path}`);
    }
  }
  return edges;
}
