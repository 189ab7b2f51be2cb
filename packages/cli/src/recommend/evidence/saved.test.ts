import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@activescale/devkit';
import { fixed, simulate } from '../testing/queue.ts';
import { addIntervals, NO_EVIDENCE } from './evidence.ts';
import { decodeSaved, encodeSaved } from './saved.ts';

const intervals = simulate({ workers: 2, service: fixed(20) }, [{ clients: 3, seconds: 20 }], {
  random: seededRandom(1),
});
const evidence = addIntervals(NO_EVIDENCE, intervals);
const saved = { workload: 'Deployment web', namespace: 'shop', pods: new Map([['web-1', evidence]]) };

test('saved evidence is what was saved', () => {
  const { pods, ...names } = decodeSaved(encodeSaved(saved));
  assert.deepEqual(names, { workload: 'Deployment web', namespace: 'shop' });
  assert.deepEqual(pods.get('web-1')?.cells, evidence.cells);
});

test('a file is refused by the field at fault', () => {
  const broken = (change: (text: string) => string, message: RegExp) =>
    assert.throws(() => decodeSaved(change(encodeSaved(saved))), { message });
  broken(() => '', /^expected JSON$/);
  broken(() => '[]', /^the file: expected an object$/);
  broken((text) => text.replace('recommend 1', 'recommend 9'), /^format "activescale recommend 9": expected/);
  broken((text) => text.replace(/"pods":\[.*\]/, '"pods":7'), /^pods: expected a list of at most 10000$/);
  broken((text) => text.replace('"web-1"', '1'), /^pods\[0\]\.name: expected a text$/);
  broken(
    (text) => text.replace(/"time":\d+/, '"time":-1'),
    /^pods\[0\]\.cells\[0\]\.time: expected a number/,
  );
  broken((text) => text.replace(/"time":\d+/, '"time":0'), /^pods\[0\]\.cells\[0\]\.time: .*above 0$/);
  broken((text) => text.replace(/"bounds":\[0.5/, '"bounds":[9'), /buckets\[0\]: expected ascending bounds/);
});
