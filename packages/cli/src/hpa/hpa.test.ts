import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createOutput } from '../output.ts';
import { hpaCommand } from './command.ts';
import { RECIPES } from './recipes.ts';

/** The manifest that the command writes. */
async function written(...args: readonly string[]): Promise<string> {
  let text = '';
  const stream = (take: (part: string) => void) => ({
    write: (part: string) => {
      take(part);
      return true;
    },
    isTTY: false,
    rows: 0,
    columns: 0,
  });
  const out = createOutput(
    stream((part) => {
      text += part;
    }),
    stream((part) => assert.fail(part)),
    undefined,
  );
  assert.equal(
    await hpaCommand.run(args, {
      env: {},
      out,
      interrupted: () => new AbortController().signal,
      endAfter() {},
    }),
    0,
  );
  return text;
}

const EXAMPLES = join(import.meta.dirname, '../../../../deploy/examples');
const WEB = ['--workload', 'deployments.apps/web'];

const TARGETS: Readonly<Record<string, string>> = { rps: '50', latency: '250m', p95: '0.4' };

for (const [like, { example: file }] of Object.entries(RECIPES)) {
  const { [like]: target = '10' } = TARGETS;
  test(`--like ${like} writes what deploy/examples/${file}.yaml recommends`, async () => {
    const example = parse(await readFile(join(EXAMPLES, `${file}.yaml`), 'utf8'));
    assert.deepEqual(parse(await written(...WEB, '--target', target, '--like', like)), example);
    const json = await written(...WEB, '--target', target, '--like', like, '-o', 'json');
    assert.deepEqual(JSON.parse(json), example);
  });
}

test("the default is the HPA of README's quick start", async () => {
  const readme = await readFile(join(EXAMPLES, '../../README.md'), 'utf8');
  const [, quickStart = ''] = /```yaml\n(# hpa\.yaml\n[\s\S]*?)```/.exec(readme) ?? [];
  assert.deepEqual(parse(await written(...WEB, '--target', '10', '-n', 'shop')), parse(quickStart));
});

test('name, namespace, limits and the kind of workload are as they are given', async () => {
  const options = ['--name', 'nightly', '-n', 'shop', '--min', '1', '--max', '3', '--target', '5'];
  const { metadata, spec } = parse(await written('--workload', 'rollout/api', ...options));
  assert.deepEqual(metadata, { name: 'nightly', namespace: 'shop' });
  assert.deepEqual(spec.scaleTargetRef, { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'api' });
  assert.deepEqual([spec.minReplicas, spec.maxReplicas], [1, 3]);
});

test('--like demand scales by the demand for a Service, from zero', async () => {
  const described = (name: string) => ({
    describedObject: { apiVersion: 'v1', kind: 'Service', name },
    metric: { name: 'demand_requests' },
    target: { type: 'AverageValue', averageValue: '10' },
  });
  const demand = ['--target', '10', '--like', 'demand'];
  const { spec } = parse(await written(...WEB, ...demand));
  assert.deepEqual([spec.minReplicas, spec.maxReplicas], [0, 20]);
  assert.deepEqual(spec.metrics, [{ type: 'Object', object: described('web') }]);
  assert.deepEqual(spec.behavior, { scaleDown: { stabilizationWindowSeconds: 600 } });
  const named = parse(await written(...WEB, ...demand, '--service', 'shop-web', '--min', '1')).spec;
  assert.equal(named.minReplicas, 1);
  assert.deepEqual(named.metrics, [{ type: 'Object', object: described('shop-web') }]);
});

test('a tolerance is written for each direction, beside the behavior of the recipe', async () => {
  const behavior = async (...args: readonly string[]) =>
    parse(await written(...WEB, '--target', '10', ...args)).spec.behavior;
  assert.deepEqual(await behavior('--tolerance', '0.05'), {
    scaleUp: { tolerance: '50m' },
    scaleDown: { stabilizationWindowSeconds: 120, tolerance: '50m' },
  });
  const { scaleUp, scaleDown } = await behavior('--like', 'latency', '--tolerance', '0,0.2');
  assert.deepEqual([scaleUp.tolerance, scaleUp.policies.length, scaleDown.tolerance], ['0', 1, '200m']);
});

test('an invalid value is refused with its option', async () => {
  const refused = (message: RegExp, ...args: readonly string[]) =>
    assert.rejects(written(...args), { name: 'UsageError', message });
  await refused(/--workload is missing/, '--target', '1');
  await refused(/--target is missing/, ...WEB);
  await refused(/--workload "web": expected RESOURCE\/NAME/, '--workload', 'web', '--target', '1');
  await refused(/--workload "cronjobs.batch\/web"/, '--workload', 'cronjobs.batch/web', '--target', '1');
  for (const target of ['0', 'ten', '-3'])
    await refused(/--target "?.*expected a quantity|ambiguous/, ...WEB, `--target=${target}`);
  await refused(
    /--like "toString": expected one of activescale/,
    ...WEB,
    '--target',
    '1',
    '--like',
    'toString',
  );
  await refused(/--min 5 is above --max 3/, ...WEB, '--target', '1', '--min', '5', '--max', '3');
  await refused(/--min "0": .*only --like demand scales out from 0/, ...WEB, '--target', '1', '--min', '0');
  await refused(/--service requires --like demand/, ...WEB, '--target', '1', '--service', 'web');
  for (const tolerance of ['1', '-0.1', '', '0.1,', '0.1,0.1,0.1', 'x'])
    await refused(/--tolerance .*expected ratios/, ...WEB, '--target', '1', `--tolerance=${tolerance}`);
  await refused(/--max "0": expected a whole number/, ...WEB, '--target', '1', '--max', '0');
  await refused(/--output "human": expected yaml or json/, ...WEB, '--target', '1', '-o', 'human');
  await refused(/unexpected "extra"/, 'extra', ...WEB, '--target', '1');
  await refused(/Unknown option '--nope'/, ...WEB, '--nope');
});
