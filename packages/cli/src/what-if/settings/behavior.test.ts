import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { askedSettings } from './asked-settings.ts';
import { readBehavior } from './behavior.ts';
import { BEHAVIOR_PRESETS, namedBehavior } from './named-behavior.ts';

test('a behavior comes from a recipe, from a file with it, or from the manifest of an HPA', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'what-if-'));
  try {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60, tolerance: '0.2' } };
    const file = join(folder, 'behavior.yaml');
    for (const text of [
      'scaleDown:\n  stabilizationWindowSeconds: 60\n  tolerance: 0.2\n',
      `kind: HorizontalPodAutoscaler\nspec:\n  behavior: ${JSON.stringify(behavior)}\n`,
    ]) {
      await writeFile(file, text);
      assert.deepEqual(await namedBehavior(file), { name: file, behavior });
    }
    await writeFile(file, 'x'.repeat(70_000));
    await assert.rejects(namedBehavior(file), { name: 'UsageError', message: /has more than 65536 bytes$/ });
  } finally {
    await rm(folder, { recursive: true });
  }
  for (const preset of BEHAVIOR_PRESETS) assert.equal((await namedBehavior(preset)).name, preset);
  assert.equal((await namedBehavior('none')).behavior, undefined);
  const { behavior } = await namedBehavior('activescale');
  assert.deepEqual(behavior, { scaleDown: { stabilizationWindowSeconds: 120 } });
});

test('an unknown preset and a file that is missing are refused', async () => {
  const refused = (name: string, message: RegExp) =>
    assert.rejects(namedBehavior(name), { name: 'UsageError', message });
  await refused('latncy', /^--behavior "latncy": expected a file, or one of .*latency/);
  await refused('toString', /^--behavior "toString": expected a file/);
  await refused('./missing.yaml', /^--behavior \.\/missing\.yaml: ENOENT/);
});

test('a behavior that kube-apiserver would refuse is refused with the field', () => {
  const refused = (value: unknown, message: RegExp) =>
    assert.throws(() => readBehavior(value), { code: 'ERR_BEHAVIOR', message });
  const policy = { type: 'Pods', value: 1, periodSeconds: 15 };
  refused(undefined, /^the document: expected an object, found nothing$/);
  refused({ kind: 'HorizontalPodAutoscaler', spec: {} }, /^spec\.behavior is missing$/);
  refused({ scaleup: {} }, /^behavior has the unknown field "scaleup": expected scaleUp, scaleDown$/);
  refused({ scaleUp: { policy: [] } }, /^scaleUp has the unknown field "policy"/);
  refused(
    { scaleUp: { stabilizationWindowSeconds: 3601 } },
    /^scaleUp\.stabilizationWindowSeconds: .* 0 to 3600/,
  );
  refused({ scaleUp: { selectPolicy: 'max' } }, /^scaleUp\.selectPolicy: expected Max or Min or Disabled/);
  refused({ scaleUp: { policies: [] } }, /^scaleUp\.policies: expected a list of 1 to 100/);
  refused({ scaleUp: { policies: [{ ...policy, type: 'Pod' }] } }, /^scaleUp\.policies\[0\]\.type/);
  refused({ scaleUp: { policies: [{ ...policy, value: 0 }] } }, /^scaleUp\.policies\[0\]\.value/);
  refused({ scaleUp: { policies: [{ ...policy, periodSeconds: 1801 }] } }, /\.periodSeconds: .* 1 to 1800/);
  refused({ scaleDown: { tolerance: '-1' } }, /^scaleDown\.tolerance: expected a quantity of at least 0/);
});

test('options have several values, repeated or separated by commas', async () => {
  const asked = await askedSettings({
    target: ['8,250m', '12'],
    window: ['30s'],
    tolerance: ['0.05'],
    min: ['0,3'],
    max: ['40'],
    'sync-period': ['15s,1m'],
    'pod-start': ['0'],
    behavior: ['none,latency'],
  });
  const { behaviors, ...numbers } = asked;
  assert.deepEqual(numbers, {
    targets: [8_000, 250, 12_000],
    windows: [30_000],
    tolerances: [0.05],
    mins: [0, 3],
    maxes: [40],
    syncPeriods: [15_000, 60_000],
    podStarts: [0],
  });
  assert.deepEqual(
    behaviors.map(({ name }) => name),
    ['none', 'latency'],
  );
});

test('a value of the wrong kind is refused with its option', async () => {
  const refused = (values: Parameters<typeof askedSettings>[0], message: RegExp) =>
    assert.rejects(askedSettings(values), { name: 'UsageError', message });
  await refused({ target: ['8,'] }, /^--target "": expected a quantity above 0/);
  await refused({ target: ['0'] }, /^--target "0": expected a quantity above 0/);
  await refused({ window: ['0s'] }, /^--window "0s": expected a duration from 1s to 1h/);
  await refused({ 'sync-period': ['2h'] }, /^--sync-period "2h": expected a duration/);
  await refused({ 'pod-start': ['20'] }, /^--pod-start "20": expected a duration from 0s/);
  await refused({ tolerance: ['1'] }, /^--tolerance "1": expected a ratio/);
  await refused({ max: ['0'] }, /^--max "0": expected a whole number from 1 to 100000/);
  await refused({ min: ['1.5'] }, /^--min "1\.5": expected a whole number/);
});
