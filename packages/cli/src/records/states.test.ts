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
    'unknown: no record: its proxy has not pushed, or not for long',
  ]);
});

test('an idle pod is told with what makes it count or not', () => {
  const idle = headBytes(IDLE);
  assert.match(
    states([idle, headBytes()])[0] ?? '',
    /^idle: counted as 0: another pod of its template is live$/,
  );
  assert.match(states([headBytes(IDLE_PROVEN)])[0] ?? '', /stats filter lets the gauge pass/);
  assert.match(states([idle])[0] ?? '', /^idle: .*not counted$/);
  assert.match(states([idle], { ...RULES, idleAsZero: 'always' })[0] ?? '', /IDLE_AS_ZERO is always/);
});

test('a silent pod is held for half a minute after its sample is fresh', () => {
  const silent = (age: number) => states([headBytes({ arrival: NOW - age })])[0];
  assert.equal(silent(19_000), 'live');
  assert.equal(silent(21_000), 'unknown, held: its last flush came 21.0 s ago, fresh is up to 20.0 s');
  assert.equal(silent(51_000), 'unknown: its last flush came 51.0 s ago, fresh is up to 20.0 s');
});

test('records of others are told apart', () => {
  const other = headBytes();
  other[0] = 9;
  assert.deepEqual(states([other, Buffer.from([1, 0, 0])]), [
    'unknown: its record is of another release',
    'unknown: its record cannot be read',
  ]);
});
