import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBytes as head, NOW } from '../testing/records.ts';
import { type LeftOut, type Pod, type SampleRules, takeSamples } from './samples.ts';

const RULES = { metricTtl: 20_000, idleAsZero: 'peers', hold: 0 } as const;

function take(
  heads: Readonly<Record<string, Buffer | null>>,
  rules: Partial<SampleRules & { hold: number }> = {},
) {
  const leftOut: LeftOut[] = [];
  const pods = Object.keys(heads).map((name): Pod => ({ name }));
  const samples = takeSamples(pods, Object.values(heads), NOW, { ...RULES, ...rules }, (why) =>
    leftOut.push(why),
  );
  return { names: samples.map(({ name }) => name), leftOut };
}

test('a live pod is taken, one without a record is left out', () => {
  assert.deepEqual(take({ a: head({}), b: null }), { names: ['a'], leftOut: ['no_record'] });
});

test('a sample is fresh for the TTL, and never for less than four flushes of its stream', () => {
  const at = (age: number, flushLength: number) => take({ a: head({ arrival: NOW - age, flushLength }) });
  assert.deepEqual(at(20_000, 1_000).names, ['a']);
  assert.deepEqual(at(20_001, 1_000), { names: [], leftOut: ['expired'] });
  assert.deepEqual(at(40_000, 10_000).names, ['a']);
  assert.deepEqual(at(40_001, 10_000), { names: [], leftOut: ['expired'] });
});

test('a sample from the future is not believed beyond a second, as its age is not known', () => {
  const at = (ahead: number) => take({ a: head({ arrival: NOW + ahead }) }, { hold: 30_000 });
  assert.deepEqual(at(1_000).names, ['a']);
  assert.deepEqual(at(1_001), { names: [], leftOut: ['ahead'] });
  assert.deepEqual(at(3_600_000), { names: [], leftOut: ['ahead'] });
});

test('a sample that is held counts for that much longer', () => {
  const at = (age: number) => take({ a: head({ arrival: NOW - age }) }, { hold: 30_000 }).names;
  assert.deepEqual(at(50_000), ['a']);
  assert.deepEqual(at(50_001), []);
});

test('an idle pod counts where a peer is live, and is left out where all are idle', () => {
  const idle = head({ state: 'idle' });
  assert.deepEqual(take({ a: idle, b: head({}) }), { names: ['a', 'b'], leftOut: [] });
  assert.deepEqual(take({ a: idle, b: idle }), { names: [], leftOut: ['idle', 'idle'] });
});

test('a stale peer shows nothing about an idle pod', () => {
  const stale = head({ arrival: NOW - 60_000 });
  assert.deepEqual(take({ a: head({ state: 'idle' }), b: stale }), {
    names: [],
    leftOut: ['expired', 'idle'],
  });
});

test('an idle pod counts alone where its node shows that the filter lets the gauge through', () => {
  const heads = { a: head({ state: 'idle', idleIsZero: true }), b: head({ state: 'idle' }) };
  assert.deepEqual(take(heads), { names: ['a'], leftOut: ['idle'] });
});

test('IDLE_AS_ZERO=always counts every idle pod, never counts none', () => {
  const heads = { a: head({ state: 'idle', idleIsZero: true }), b: head({}) };
  assert.deepEqual(take({ a: head({ state: 'idle' }) }, { idleAsZero: 'always' }).names, ['a']);
  assert.deepEqual(take(heads, { idleAsZero: 'never' }), { names: ['b'], leftOut: ['idle'] });
});

test('a record that cannot be read makes its pod unknown, by reason', () => {
  const newer = head({});
  newer[0] = 250;
  assert.deepEqual(take({ a: newer, b: Buffer.from('\x01'), c: Buffer.alloc(0) }), {
    names: [],
    leftOut: ['other_version', 'corrupt', 'corrupt'],
  });
});
