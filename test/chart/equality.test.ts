import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '@activescale/devkit';
import { parse, stringify } from 'yaml';
import { blocksOf } from '../docs/blocks.ts';
import { kustomized, OVERLAYS, overlayWith } from '../manifests/overlays.ts';
import { PRESETS, presetFile, rendered } from './chart.ts';
import { comparable } from './comparison.ts';

// The chart and kustomize install the same objects. comparison.ts has the differences.

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chart-'));
});
after(() => rm(folder, { recursive: true, force: true }));

type Values = Readonly<Record<string, unknown>>;

/** The objects of the chart for a preset and values on top of it. */
async function ofChart(preset: string | undefined, values: Values): Promise<KubeObject[]> {
  const file = join(folder, 'values.yaml');
  await writeFile(file, stringify(values));
  const presets = preset === undefined ? [] : ['--values', presetFile(preset)];
  return rendered(...presets, '--values', file);
}

function same(chart: readonly KubeObject[], overlay: readonly KubeObject[]): void {
  const [actual, expected] = [comparable(chart), comparable(overlay)];
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  assert.equal(actual.size, chart.length, 'an object appears twice');
  for (const [name, object] of expected) assert.deepEqual(actual.get(name), object, name);
}

test('there is a preset for each overlay', () => assert.deepEqual(PRESETS, OVERLAYS));

for (const preset of PRESETS) {
  test(`${preset}: the chart and the overlay install the same objects`, async () =>
    same(await ofChart(preset, {}), await overlayWith(preset)));

  test(`${preset} on OpenShift: the chart and the overlay install the same objects`, async () =>
    same(await ofChart(preset, { openshift: true }), await overlayWith(preset, 'openshift')));
}

const EXTERNAL = { externalMetrics: { enabled: true } };
const FALL_THROUGH = { fallThrough: { custom: { enabled: true }, external: { enabled: true } } };
const KEDA = { keda: { enabled: true } };

const OPTIONS: readonly { readonly overlay: string; readonly with: string[]; readonly values: Values }[] = [
  { overlay: 'qa', with: ['external-metrics'], values: EXTERNAL },
  { overlay: 'prod', with: ['external-metrics-cert-manager'], values: EXTERNAL },
  { overlay: 'dev', with: ['fall-through'], values: { fallThrough: { custom: { enabled: true } } } },
  {
    overlay: 'qa',
    with: ['external-metrics', 'fall-through', 'fall-through-external'],
    values: { ...EXTERNAL, ...FALL_THROUGH },
  },
  {
    overlay: 'staging',
    with: ['external-metrics-cert-manager', 'fall-through', 'fall-through-external'],
    values: { ...EXTERNAL, ...FALL_THROUGH },
  },
  { overlay: 'dev', with: ['keda'], values: KEDA },
  { overlay: 'prod', with: ['keda', 'keda-mtls'], values: { keda: { enabled: true, mtls: true } } },
  {
    overlay: 'qa',
    with: ['external-metrics', 'keda', 'fall-through', 'openshift'],
    values: { ...EXTERNAL, ...KEDA, fallThrough: { custom: { enabled: true } }, openshift: true },
  },
  { overlay: 'qa', with: ['monitoring'], values: { monitoring: { enabled: true } } },
  { overlay: 'dev', with: ['mtls'], values: { mtls: { enabled: true } } },
  { overlay: 'dev', with: ['peer-address'], values: { peerAddress: true } },
  { overlay: 'prod', with: ['dual-stack'], values: { services: { ipFamilyPolicy: 'PreferDualStack' } } },
  { overlay: 'qa', with: ['dual-stack'], values: { services: { ipFamilyPolicy: 'PreferDualStack' } } },
];

for (const { overlay, with: components, values } of OPTIONS) {
  test(`${overlay} with ${components.join(', ')}: the chart and the overlay install the same objects`, async () =>
    same(await ofChart(overlay, values), await overlayWith(overlay, ...components)));
}

const IMAGES = {
  images: ['ingest', 'api'].map((service) => ({
    name: `activescale-${service}`,
    newName: `registry.example/activescale-${service}`,
    newTag: '0.1.0',
  })),
};

for (const [components, values] of [
  [['valkey', 'cert-manager'], { certificates: { from: 'cert-manager' } }],
  [['valkey-cluster', 'self-signed'], { valkey: { kind: 'cluster' } }],
  [
    ['valkey-cluster', 'cert-manager'],
    { valkey: { kind: 'cluster' }, certificates: { from: 'cert-manager' } },
  ],
] as const) {
  test(`the base with ${components.join(', ')}: the chart and kustomize install the same objects`, async () =>
    same(await ofChart(undefined, values), await kustomized('base', components, IMAGES)));
}

/** What the overlay of a document builds. */
function documented(name: string): Promise<KubeObject[]> {
  const [block] = blocksOf('yaml').filter(({ text }) => text.startsWith(`# deploy/overlays/${name}/`));
  assert.ok(block, `docs/install.md has the overlay ${name}`);
  const { resources, components = [], ...more } = parse(block.text);
  const folderOf = (path: string) => path.replace('../../', '').replace(/^\.\.\//, 'overlays/');
  return kustomized(
    folderOf(resources[0]),
    components.map((path: string) => path.replace('../../components/', '')),
    more,
  );
}

test('your own Valkey: the chart and the overlay of docs/install.md install the same objects', async () => {
  const external = { address: 'valkey.example:6379', tls: true };
  same(await ofChart(undefined, { valkey: { kind: 'external', external } }), await documented('mine'));
});

test('in the host network: the chart and the overlay of docs/install.md install the same objects', async () => {
  const api = { hostNetwork: true, securePort: 16443, adminPort: 16444 };
  same(await ofChart('qa', { api }), await documented('host-network'));
});

test('another adapter: the chart and the overlay of docs/install.md install the same objects', async () => {
  const custom = { enabled: true, service: 'metrics/datadog-cluster-agent:8443', podPort: 8443 };
  same(await ofChart('qa', { fallThrough: { custom } }), await documented('other-adapter'));
});
