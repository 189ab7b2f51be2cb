import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seriesOf } from '../testing/series.ts';
import { MAX_SAMPLES } from './load-series.ts';
import { parseSeries, readSeries, saveSeries } from './series-file.ts';

const SERIES = seriesOf([20, undefined, 0.5], { min: 2, behavior: undefined });

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'what-if-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('a saved series is read as it was', async () => {
  await using place = await folder();
  const file = join(place.path, 'load.json');
  const policies = [{ type: 'Pods', value: 2, periodSeconds: 60 }];
  const behavior = { scaleUp: { policies, selectPolicy: 'Min', tolerance: '50m' }, scaleDown: {} };
  for (const series of [SERIES, seriesOf([1], { behavior })]) {
    await saveSeries(file, series);
    assert.deepEqual(await readSeries(file), series);
  }
});

test('a file that is missing, too long or no JSON is refused with its name', async () => {
  await using place = await folder();
  const file = join(place.path, 'load.json');
  const refused = (message: RegExp) => assert.rejects(readSeries(file), { code: 'ERR_REPLAY', message });
  await refused(/load\.json: ENOENT/);
  await writeFile(file, ' '.repeat(33 * 1024 * 1024));
  await refused(/load\.json: the file has more than 33554432 bytes$/);
  await writeFile(file, 'at,load\n');
  await refused(/load\.json: Unexpected token/);
  await assert.rejects(readSeries(place.path), { code: 'ERR_REPLAY', message: /EISDIR/ });
});

test('what is not a series is refused with the field at fault', () => {
  const [sample] = [[0, 2, 2, 20]];
  const { hpa, step } = SERIES;
  const [metric] = hpa.metrics;
  const whole = { format: 'activescale.what-if/v1', hpa, step, samples: [sample] };
  const refused = (fields: object, message: RegExp) =>
    assert.throws(() => parseSeries(JSON.stringify({ ...whole, ...fields })), { message });
  assert.equal(parseSeries(JSON.stringify(whole)).samples.length, 1);
  assert.throws(() => parseSeries('[]'), { message: 'the file: expected an object, found []' });
  refused({ format: 'v0' }, /^format: expected "activescale\.what-if\/v1", found "v0"$/);
  refused({ step: 0 }, /^step: expected a number from 1 to 86400000, found 0$/);
  refused({ samples: [] }, /^samples: expected a list of 1 to 100000$/);
  refused({ samples: Array(MAX_SAMPLES + 1).fill(0) }, /^samples: expected a list/);
  refused({ samples: [[0, 2, 2]] }, /^samples\[0\]: expected \[at, replicas, ready, load of each metric\]$/);
  refused({ samples: [[0, 2, 2, -1]] }, /^samples\[0\]: load: expected a number from 0 to \d+.*, found -1$/);
  refused({ samples: [[0, 2, 2, '20']] }, /^samples\[0\]: load: expected a number/);
  refused({ samples: [[0, 1e9, 2, 20]] }, /^samples\[0\]: replicas: expected a number from 0 to 100000/);
  refused({ samples: [sample, sample] }, /^samples\[1\]: not after the sample before it$/);
  refused({ hpa: { ...hpa, max: 0 } }, /^hpa\.max: expected a number from 2 to 100000, found 0$/);
  refused({ hpa: { ...hpa, name: '' } }, /^hpa\.name: expected a text/);
  refused({ hpa: { ...hpa, metrics: [] } }, /^hpa\.metrics: expected a list of 1 to 10$/);
  refused({ hpa: { ...hpa, metrics: [{ ...metric, target: 0 }] } }, /^hpa\.metrics\[0\]\.target: expected/);
  refused(
    { hpa: { ...hpa, metrics: [{ ...metric, type: 'Resource' }] } },
    /^hpa\.metrics\[0\]\.type: expected/,
  );
  refused({ hpa: { ...hpa, behavior: { scaleUp: 3 } } }, /^scaleUp: expected an object, found 3$/);
});
