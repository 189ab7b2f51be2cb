import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBytes, NOW } from '@activescale/metrics/testing';
import { statesOf } from '../../records/states.ts';
import { stateFindings } from './records.ts';

test('pods that are unknown for different reasons are different findings, each with its remedy', () => {
  const otherVersion = headBytes();
  otherVersion[0] = 9;
  const corrupt = Buffer.from([1, 0, 0]);
  const stale = headBytes({ arrival: NOW - 60_000 });
  const ahead = headBytes({ arrival: NOW + 5_000 });
  const values = [headBytes(), null, null, ahead, otherVersion, corrupt, stale, headBytes()];
  const pods = values.map((_, i) => ({ name: `web-${i}`, ...(i === 7 && { createdAt: NOW }) }));
  const states = statesOf({ pods, values, now: NOW }, { metricTtl: 20_000, idleAsZero: 'peers' });
  const found = stateFindings(states);
  assert.deepEqual(
    found.map(({ code, problem }) => `${code} ${problem.replace(/(unknown: .*?)[:,;].*/, '$1')}`),
    [
      'ASC311 2 of 8 pods, such as web-1, are unknown: no record',
      'ASC314 1 of 8 pods, such as web-3, are unknown: its record is 5.0 s in the future',
      'ASC318 1 of 8 pods, such as web-4, are unknown: its record has the format of another release',
      'ASC317 1 of 8 pods, such as web-5, are unknown: its record is corrupt',
      'ASC312 1 of 8 pods, such as web-6, are unknown: its last flush arrived 60.0 s ago',
      'ASC313 1 of 8 pods, such as web-7, are unknown: its record is of an earlier pod of this name',
    ],
  );
  const fixes = found.map(({ fix }) => fix);
  assert.match(fixes[0] ?? '', /pilot-agent/);
  assert.match(fixes[1] ?? '', /NTP/);
  assert.match(fixes[2] ?? '', /same release/);
});
