import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewaySummaryLines } from './summary.ts';
import { type GatewayFrame, gatewayLine, gatewayTable } from './table.ts';

const frame: GatewayFrame = {
  rows: [
    { service: 'web', calls: 27, inFlight: 26, active: 27, demand: 27, replicas: 3 },
    { service: 'report', calls: 1, inFlight: 0, active: 0, demand: 1, replicas: 0 },
    { service: 'pay', calls: 0, inFlight: 0, active: undefined, demand: undefined, replicas: 1 },
  ],
  hpa: { averageValue: 10, max: 3 },
  look: { due: 2.6, every: 5 },
  trouble: undefined,
};

test('at 44 columns the table shows calls, requests in flight, both metrics and the pods of each Service', () => {
  const lines = gatewayTable(frame, 44);
  for (const line of lines) assert.ok(line.length <= 44, line);
  assert.deepEqual(lines.slice(2, 6), [
    '  Service calls in flight active demand pods',
    '  web        27        26     27     27    3',
    '  report      1         0      0      1    0',
    '  pay         0         0      -      -    1',
  ]);
});

test('the plain line has the same numbers, and the last error', () => {
  const line = gatewayLine({ ...frame, trouble: 'Error: api answered 503' }, new Date(0));
  assert.ok(line.includes(' | web calls=27 in_flight=26 active=27 demand=27 pods=3 | '), line);
  assert.ok(
    line.endsWith('pay calls=0 in_flight=0 active=- demand=- pods=1 | Error: api answered 503'),
    line,
  );
});

test('the summary has the numbers of pods and the longest wait for a first pod', () => {
  const services = [
    { name: 'web', replicas: [1, 3, 2], coldStarts: [] },
    { name: 'report', replicas: [0, 1, 0], coldStarts: [3_140, 6_260] },
  ];
  assert.deepEqual(gatewaySummaryLines({ seconds: 40.2, services }), [
    'Summary of 40 s',
    '  web: 1 -> 3 -> 2 pods',
    '  report: 0 -> 1 -> 0 pods',
    '    calls waited up to 6.3 s for the first pod',
  ]);
});
