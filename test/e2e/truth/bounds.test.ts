import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodRecord } from '@activescale/protocol/record';
import { holdAgainstLogs, type Logs } from './bounds.ts';

const record = { bounds: [[50, 100, 250]] } as unknown as PodRecord;

/** 10 a second of 200 ms for 20 s, of which a tenth fails: 2 in flight. */
const log = Array.from({ length: 200 }, (_, i) => ({
  path: i % 10 === 0 ? '/error' : '/',
  start: i * 100,
  end: i * 100 + 200,
}));
const logs: Logs = { application: log, clients: log.map((each) => ({ ...each, end: each.end + 1 })) };
const TRUE = {
  active_requests_mean_1m: 2,
  active_requests_mean_10s: 2,
  requests_per_second: 10,
  request_duration_seconds_mean: 0.2,
  request_duration_seconds_p95: 0.24,
  request_error_ratio: 0.1,
};
const hold = (values: Readonly<Record<string, number>>) =>
  holdAgainstLogs({ name: 'even', inFlight: 0.05 }, { values, record, from: 0, to: 20_000 }, logs);

test('a true value is accepted', () => hold(TRUE));

for (const [metric, wrong] of Object.entries({
  active_requests_mean_1m: [1.7, 2.3],
  active_requests_mean_10s: [1.7, 2.3],
  requests_per_second: [9.7, 10.3],
  request_duration_seconds_mean: [0.188, 0.213],
  request_duration_seconds_p95: [0.09, 0.26],
  request_error_ratio: [0.09, 0.11],
})) {
  test(`${metric} is refused where it is off`, () => {
    for (const value of [...wrong, Number.NaN, -1]) {
      assert.throws(() => hold({ ...TRUE, [metric]: value }), assert.AssertionError, String(value));
    }
  });
}
