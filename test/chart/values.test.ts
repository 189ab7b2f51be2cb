import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../manifests/overlays.ts';
import { chart, PRESETS } from './chart.ts';
import { generatedFiles, valuesOf } from './generated.ts';

for (const [place, expected] of await generatedFiles()) {
  test(`deploy/chart/${place} is what \`node test/chart/generate.ts\` writes`, async () =>
    assert.equal(await readFile(join(chart, place), 'utf8'), expected));
}

test('the version of the chart and of the images is that of the repository', async () => {
  const { version, appVersion } = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8'));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.deepEqual([version, appVersion], [manifest.version, manifest.version]);
});

/** `images.api.tag` for each value that is not a map with fixed keys. */
function paths(values: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    const isFree = ['settings', 'resources', 'podAnnotations', 'nodeSelector', 'affinity', 'labels'].includes(
      key,
    );
    return isMap && !isFree ? paths(value as Record<string, unknown>, `${prefix}${key}.`) : [prefix + key];
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly $ref?: string;
}

test('the schema knows each value, and no value but Helm’s own is unknown to values.yaml', async () => {
  const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
  const resolved = (part: Schema): Schema =>
    part.$ref === undefined ? part : resolved(schema.$defs[part.$ref.replace('#/$defs/', '')]);
  const known = (part: Schema, prefix = ''): string[] =>
    Object.entries(part.properties ?? {}).flatMap(([key, inner]) => {
      const next = resolved(inner);
      const isFree = next.properties === undefined || key === 'resources' || key === 'affinity';
      if (!isFree) assert.equal(next.additionalProperties, false, prefix + key);
      return isFree ? [prefix + key] : known(next, `${prefix}${key}.`);
    });
  assert.equal(schema.additionalProperties, false);
  const values = paths(await valuesOf('values.yaml'));
  assert.deepEqual(
    known(schema)
      .filter((path) => path !== 'global')
      .sort(),
    values.sort(),
  );
});

test('each value is used by a template', async () => {
  const files = globSync('templates/**/*', { cwd: chart, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  );
  const all = texts.join('\n');
  for (const path of paths(await valuesOf('values.yaml')))
    assert.match(all, new RegExp(`\\b${path.split('.').at(-1)}\\b`), path);
});

test('a preset only changes values that there are', async () => {
  const values = paths(await valuesOf('values.yaml'));
  for (const preset of PRESETS) {
    for (const path of paths(await valuesOf(`presets/${preset}.yaml`)))
      assert.ok(values.includes(path), path);
  }
});
