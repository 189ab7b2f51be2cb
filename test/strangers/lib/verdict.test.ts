import assert from 'node:assert/strict';
import test from 'node:test';
import type { Phase } from './phase.ts';
import { HEAD, type Outcome, problemsOf, rowOf } from './verdict.ts';

const phase = (worst: number): Phase => ({ worst, count: 50, failed: 0, failures: [] });

const held: Outcome = {
  attack: 'slow-bytes',
  service: 'ingest',
  got: {},
  broken: [],
  calm: phase(20),
  attacked: phase(270),
  probes: phase(5),
  peak: 1_024,
  limit: 1_024,
};

const problems = (changed: Partial<Outcome>) => problemsOf({ ...held, ...changed });

test('an attack that delays honest clients by 250 ms and fills the memory up to its limit is held', () => {
  assert.deepEqual(problemsOf(held), []);
  assert.equal(rowOf(held).at(-1), 'held');
});

test('a process that ended, memory above the limit and a longer delay are named', () => {
  assert.deepEqual(problems({ exit: 'SIGKILL' }), ['ingest ended (SIGKILL)']);
  assert.deepEqual(problems({ peak: 1_025 }), ['ingest used 1025 MiB, of 1024 MiB']);
  assert.deepEqual(problems({ attacked: phase(271) }), ['the honest pods waited 251 ms longer']);
  assert.equal(rowOf({ ...held, attacked: phase(271) }).at(-1), 'BROKEN');
});

test('honest clients that are refused, or get nothing, are a problem however fast that is', () => {
  const refused = { worst: 1, count: 40, failed: 2, failures: ['429'] };
  assert.deepEqual(problems({ service: 'api', attacked: refused }), ['the honest HPA: 2 of 40 failed: 429']);
  assert.deepEqual(problems({ attacked: { ...phase(0), count: 0 } }), ['the honest pods got nothing']);
});

test('probes must be answered within the time that the kubelet gives them', () => {
  assert.deepEqual(problems({ probes: phase(2_000) }), []);
  assert.deepEqual(problems({ probes: phase(2_001) }), ['a probe took 2001 ms']);
  assert.deepEqual(problems({ probes: { ...phase(1), failed: 1, failures: ['ECONNREFUSED'] } }), [
    'probes: 1 of 50 failed: ECONNREFUSED',
  ]);
});

test('what an attack found wrong itself is a problem', () => {
  assert.deepEqual(problems({ broken: ['a record never expires'] }), ['a record never expires']);
});

test('a row shows the three most frequent answers, and has a cell for each column', () => {
  const got = { CANCELLED: 1, OK: 5, UNAVAILABLE: 2, RESOURCE_EXHAUSTED: 9, ABORTED: 1 };
  const row = rowOf({ ...held, got });
  assert.equal(row[2], '9 × RESOURCE_EXHAUSTED, 5 × OK, 2 × UNAVAILABLE, 2 more');
  assert.equal(row.length, HEAD.length);
  assert.equal(rowOf(held)[2], 'nothing');
});
