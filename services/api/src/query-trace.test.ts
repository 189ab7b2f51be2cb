import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueryTrace } from './query-trace.ts';

test('a query that never got to its pods has no reason', () => {
  assert.equal(createQueryTrace().reason(), undefined);
});

test('a query with a value needs no reason, though some pods have none', () => {
  const trace = createQueryTrace();
  trace.found(2);
  trace.omitted('expired');
  trace.answered(1);
  assert.deepEqual([trace.items, trace.reason()], [1, undefined]);
});

test('no value is explained by what is missing, or by the pods and why each has none', () => {
  const reasonOf = (note: (trace: ReturnType<typeof createQueryTrace>) => void) => {
    const trace = createQueryTrace();
    note(trace);
    trace.answered(0);
    return trace.reason();
  };
  assert.equal(
    reasonOf((trace) => trace.absent('metric')),
    'no such metric',
  );
  assert.equal(
    reasonOf((trace) => trace.found(0)),
    'no pod matches',
  );
  const threePods = reasonOf((trace) => {
    trace.found(3);
    trace.omitted('no_record');
    trace.omitted('expired');
    trace.omitted('no_record');
  });
  assert.equal(threePods, 'no value of 3 pods: 2 no_record, 1 expired');
});
