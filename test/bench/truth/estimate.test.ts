import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startSimulatedIngest } from '../../promise/services.ts';
import { compare, errorsOf } from './compare.ts';

const FOLDER = join(import.meta.dirname, '../../data/truth');

/**
 * The RMSE in requests that the form which the estimator came from had on each recording (docs/signals.md), computed by
 * another program; and whether its requests are short against the flush, where gauges are worth little.
 */
const RECORDED: Readonly<Record<string, { readonly known: number; readonly short: boolean }>> = {
  'bursty-1s': { known: 1.127, short: true },
  'bursty-5s': { known: 0.279, short: true },
  'cancelled-1s': { known: 1.342, short: false },
  'endless-1s': { known: 0.368, short: false },
  'heavy-5s': { known: 2.893, short: false },
  'short-1s': { known: 0.194, short: true },
  'steady-1s': { known: 0.46, short: true },
};

const ingest = startSimulatedIngest();
after(() => ingest.close());

const read = (file: string) => gunzipSync(readFileSync(join(FOLDER, file)));

test('every recording is held against its truth', () => {
  const streams = readdirSync(FOLDER).filter((file) => file.endsWith('.bin.gz'));
  assert.deepEqual(streams.map((file) => file.replace('.bin.gz', '')).sort(), Object.keys(RECORDED).sort());
});

for (const [name, { known, short }] of Object.entries(RECORDED)) {
  test(`${name}: the estimate is as near to the truth as it was, and nearer than the last gauge`, async () => {
    const intervals = await compare(ingest, read(`${name}.bin.gz`), read(`${name}.truth.gz`).toString());
    const estimate = errorsOf(intervals, 'estimate').rmse;
    assert.ok(estimate <= 1.05 * known, `RMSE ${estimate}, was ${known}`);
    if (short) {
      const gauge = errorsOf(intervals, 'gauge').rmse;
      assert.ok(5 * estimate <= gauge, `RMSE ${estimate}, the gauge's ${gauge}`);
    }
    const later = intervals.slice(Math.ceil(intervals.length / 3));
    const [ours, gauge] = [errorsOf(later, 'estimate').rmse, errorsOf(later, 'gauge').rmse];
    assert.ok(ours <= 1.05 * gauge, `RMSE after the first third ${ours}, the gauge's ${gauge}`);
  });
}
