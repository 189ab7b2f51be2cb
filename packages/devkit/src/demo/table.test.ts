import assert from 'node:assert/strict';
import test from 'node:test';
import { type Frame, plainLine, table } from './table.ts';

const frame: Frame = {
  rows: [
    { pod: 'web-a', truth: 12, answer: 11, age: 640 },
    { pod: 'web-bc', truth: 0 },
  ],
  averageValue: 10,
  replicas: 2,
};

test('the table has a line for each pod, aligned, and the decision', () => {
  assert.deepEqual(table(frame).slice(2, 7), [
    '  pod     in flight  active_requests     age',
    '  web-a          12               11   0.6 s  ############',
    '  web-bc          0                -       -  ',
    '',
    '  HPA with averageValue 10: 2 -> 2 replicas',
  ]);
});

test('the plain line says the same, and what went wrong', () => {
  const line = plainLine({ ...frame, trouble: 'the api answered 503' }, new Date(0));
  assert.equal(
    line,
    '1970-01-01T00:00:00.000Z | web-a in_flight=12 active_requests=11 age=0.6s | ' +
      'web-bc in_flight=0 active_requests=- age=- | HPA with averageValue 10: 2 -> 2 replicas | the api answered 503',
  );
});
