import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBytes, IDLE, IDLE_PROVEN, NOW } from '@activescale/metrics/testing';
import { statesOf } from './states.ts';

const RULES = { metricTtl: 20_000, idleAsZero: 'peers' } as const;

function states(values: readonly (Buffer | null)[], rules: Parameters<typeof statesOf>[1] = RULES) {
  const pods = values.map((_, i) => ({ name: `web-${i}` }));
  return statesOf({ pods, values, now: NOW }, rules).map(({ state, held, why }) => {
    return `${state}${held ? ', held' : ''}${why === '' ? '' : `: ${why}`}`;
  });
}

test('a live pod needs no reason, one without a record has one', () => {
  assert.deepEqual(states([headBytes(), null]), [
    'live',
    'unknown: no record: the proxy never pushed, or its record expired',
  ]);
});

test('an idle pod is shown with the reason why it counts or not', () => {
  const idle = headBytes(IDLE);
  assert.match(
    states([idle, headBytes()])[0] ?? '',
    /^idle: counted as 0: another pod of its template is live$/,
  );
  assert.match(states([headBytes(IDLE_PROVEN)])[0] ?? '', /stats filter lets the gauge pass/);
  assert.match(states([idle])[0] ?? '', /^idle: .*not counted$/);
  assert.match(states([idle], { ...RULES, idleAsZero: 'always' })[0] ?? '', /IDLE_AS_ZERO is always/);
});

test('a stale pod is held for half a minute after its sample was fresh', () => {
  const silent = (age: number) => states([headBytes({ arrival: NOW - age })])[0];
  assert.equal(silent(19_000), 'live');
  assert.equal(
    silent(21_000),
    'unknown, held: its last flush arrived 21.0 s ago; a record is fresh for 20.0 s',
  );
  assert.equal(silent(51_000), 'unknown: its last flush arrived 51.0 s ago; a record is fresh for 20.0 s');
});

test('a record that is older than its pod is attributed to an earlier one', () => {
  const pods = [{ name: 'db-0', createdAt: NOW - 2_000 }];
  const of = (age: number) =>
    statesOf({ pods, values: [headBytes({ arrival: NOW - age })], now: NOW }, RULES)[0];
  assert.equal(of(1_000)?.state, 'live');
  const { state, why, held } = of(3_000) ?? {};
  assert.deepEqual([state, held], ['unknown', false]);
  assert.match(why ?? '', /^its record is of an earlier pod of this name: pushed 3.0 s ago/);
});

test('each reason for an unknown pod has its own sentence', () => {
  const otherVersion = headBytes();
  otherVersion[0] = 9;
  const values = [headBytes({ arrival: NOW + 5_000 }), otherVersion, Buffer.from([1, 0, 0])];
  assert.deepEqual(states(values), [
    "unknown: its record is 5.0 s in the future: Valkey's clock was set back, so its age is not known",
    'unknown: its record has the format of another release',
    'unknown: its record is corrupt: it cannot be decoded',
  ]);
});

test('an age is never negative, and unknown where the record is from the future', () => {
  const ageAt = (ahead: number) => {
    const values = [headBytes({ arrival: NOW + ahead })];
    return statesOf({ pods: [{ name: 'web-0' }], values, now: NOW }, RULES)[0]?.age;
  };
  assert.equal(ageAt(-3_000), 3_000);
  assert.equal(ageAt(800), 0, 'two processes do not know the clock alike');
  assert.equal(ageAt(5_000), undefined);
});
