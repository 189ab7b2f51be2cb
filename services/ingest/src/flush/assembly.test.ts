import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { createAssembly } from './assembly.ts';
import { createKnownStats } from './known-stats.ts';
import { scopeRules } from './scopes.ts';

const active = (port: number): FamilySpec => ({
  name: `http.inbound_0.0.0.0_${port};.downstream_rq_active`,
  gauge: 1,
});
const other = (name: string): FamilySpec => ({ name: `server.${name}`, gauge: 1 });

/** The number of scopes of each flush that is complete. */
function open() {
  const rules = scopeRules({ stats: createKnownStats(), proxy: 'sidecar' });
  const completed: number[] = [];
  const assembly = createAssembly(({ scopes }) => completed.push(scopes.all.length));
  const add = (timestamp: number, families: readonly FamilySpec[]) => {
    assembly.add(scanMessage(encodeMessage({ timestamp, families }), rules), rules, timestamp, 0);
  };
  return { completed, add, clear: () => assembly.clear() };
}

test('a first message with as many families as the last flush is not whole if it lacks the last one', () => {
  const { completed, add, clear } = open();
  // Two families in a message.
  add(1_000, [other('live'), active(8080)]);
  add(2_000, [other('live'), active(8080)]);
  assert.deepEqual(completed, [1, 1], 'it looks like the flush before');
  add(3_000, [other('live'), other('concurrency')]);
  add(3_000, [active(8080)]);
  add(4_000, [other('live'), active(9090)]);
  add(4_000, [active(8080)]);
  assert.deepEqual(completed, [1, 1, 1]);
  add(5_000, [other('live'), other('concurrency')]);
  assert.deepEqual(completed, [1, 1, 1, 2]);
  clear();
});

test('a first message that ends with the summary of the last histogram is not whole', () => {
  const { completed, add, clear } = open();
  const name = 'http.inbound_0.0.0.0_8080;.downstream_rq_time';
  const both: FamilySpec[] = [
    { name, summary: { count: 1, sum: 5 } },
    { name, histogram: { count: 1, sum: 5, buckets: [] } },
  ];
  add(1_000, [other('live'), ...both]);
  add(2_000, [other('live'), ...both]);
  add(3_000, [active(8080), other('live'), ...both.slice(0, 1)]);
  assert.deepEqual(completed, [1, 1]);
  clear();
});

test('a first message that ends with the last stat of another scope is not whole where tags are labels', () => {
  const { completed, add, clear } = open();
  const labelled = (port: number): FamilySpec => ({
    name: 'http.downstream_rq_active',
    gauge: 1,
    labels: { 'envoy.http_conn_manager_prefix': `inbound_0.0.0.0_${port}` },
  });
  add(1_000, [labelled(8080), labelled(9090)]);
  add(2_000, [labelled(8080), labelled(9090)]);
  assert.deepEqual(completed, [2, 2], 'it looks like the flush before');
  add(3_000, [labelled(7070), labelled(8080)]);
  assert.deepEqual(completed, [2, 2]);
  add(3_000, [labelled(9090)]);
  add(4_000, [labelled(7070)]);
  assert.deepEqual(completed, [2, 2, 3]);
  clear();
});
