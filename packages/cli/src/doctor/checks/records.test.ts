import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBytes, NOW } from '@activescale/metrics/testing';
import { statesOf } from '../../records/states.ts';
import { stateFindings } from './records.ts';

test('pods that are unknown for different reasons are different findings, each with its remedy', () => {
  const otherVersion = headBytes();
  otherVersion[0] = 9;
  const values = [headBytes(), null, null, headBytes({ arrival: NOW + 5_000 }), otherVersion];
  const pods = values.map((_, i) => ({ name: `web-${i}` }));
  const states = statesOf({ pods, values, now: NOW }, { metricTtl: 20_000, idleAsZero: 'peers' });
  const found = stateFindings(states);
  assert.deepEqual(
    found.map(({ problem }) => problem.replace(/(unknown: .*?)[:,].*/, '$1')),
    [
      '2 of 5 pods, such as web-1, are unknown: no record',
      '1 of 5 pods, such as web-3, are unknown: its record is 5.0 s in the future',
      '1 of 5 pods, such as web-4, are unknown: its record has the format of another release',
    ],
  );
  const fixes = found.map(({ fix }) => fix);
  assert.match(fixes[0] ?? '', /pilot-agent/);
  assert.match(fixes[1] ?? '', /NTP/);
  assert.match(fixes[2] ?? '', /same release/);
});
