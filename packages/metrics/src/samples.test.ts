import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { type Omission, type Pod, type SampleRules, takeSamples } from './samples.ts';
import { headBytes as head, IDLE, IDLE_PROVEN, NOW } from './testing/records.ts';

const RULES = { metricTtl: 20_000, idleAsZero: 'peers', hold: 0 } as const;

function take(
  heads: Readonly<Record<string, Buffer | null>>,
  rules: Partial<SampleRules & { hold: number; needed: number; pods: Pod[] }> = {},
) {
  const omitted: Omission[] = [];
  const { needed = STAT.active, pods = Object.keys(heads).map((name): Pod => ({ name })), ...others } = rules;
  const samples = takeSamples(pods, Object.values(heads), NOW, needed, { ...RULES, ...others }, (why) =>
    omitted.push(why),
  );
  return { names: samples.map(({ name }) => name), omitted };
}

test('a live pod counts, one without a record is omitted', () => {
  assert.deepEqual(take({ a: head({}), b: null }), { names: ['a'], omitted: ['no_record'] });
});

test('a sample is fresh for the TTL, and never for less than four flushes of its stream', () => {
  const at = (age: number, flushLength: number) => take({ a: head({ arrival: NOW - age, flushLength }) });
  assert.deepEqual(at(20_000, 1_000).names, ['a']);
  assert.deepEqual(at(20_001, 1_000), { names: [], omitted: ['expired'] });
  assert.deepEqual(at(40_000, 10_000).names, ['a']);
  assert.deepEqual(at(40_001, 10_000), { names: [], omitted: ['expired'] });
});

test('no flush length makes a sample fresh for longer than 5 minutes', () => {
  const at = (age: number, flushLength: number) => take({ a: head({ arrival: NOW - age, flushLength }) });
  for (const flushLength of [75_000, 300_000, 0xffff_ffff]) {
    assert.deepEqual(at(300_000, flushLength).names, ['a']);
    assert.deepEqual(at(300_001, flushLength), { names: [], omitted: ['expired'] });
  }
});

test('what sums hold does not extend the life of a sample beyond 5 minutes', () => {
  const at = (age: number, flushLength: number) =>
    take({ a: head({ arrival: NOW - age, flushLength }) }, { hold: 30_000 }).names;
  assert.deepEqual(at(270_000, 60_000), ['a']);
  assert.deepEqual(at(270_001, 60_000), []);
  for (const flushLength of [70_000, 299_000]) {
    assert.deepEqual(at(300_000, flushLength), ['a']);
    assert.deepEqual(at(300_001, flushLength), []);
  }
});

test('a sample more than a second in the future does not count, because its age is unknown', () => {
  const at = (ahead: number) => take({ a: head({ arrival: NOW + ahead }) }, { hold: 30_000 });
  assert.deepEqual(at(1_000).names, ['a']);
  assert.deepEqual(at(1_001), { names: [], omitted: ['ahead'] });
  assert.deepEqual(at(3_600_000), { names: [], omitted: ['ahead'] });
});

test('a sample that is held counts for that much longer', () => {
  const at = (age: number) => take({ a: head({ arrival: NOW - age }) }, { hold: 30_000 }).names;
  assert.deepEqual(at(50_000), ['a']);
  assert.deepEqual(at(50_001), []);
});

test('a record that is older than its pod is an earlier one of the same name', () => {
  const of = (createdAt: number, age: number) => {
    const pods = [{ name: 'db-0', createdAt }];
    const { names, omitted } = take({ 'db-0': head({ arrival: NOW - age }) }, { hold: 30_000, pods });
    return names.length === 1 ? 'taken' : omitted.join();
  };
  assert.equal(of(NOW - 2_000, 2_001), 'previous_pod');
  assert.equal(of(NOW - 2_000, 45_000), 'previous_pod', 'nor is it held in sums');
  assert.equal(of(NOW - 2_000, 2_000), 'taken');
  assert.equal(of(NOW - 2_000, 0), 'taken');
  assert.equal(of(NOW, 1), 'previous_pod');
  assert.equal(of(NOW + 10, 1), 'previous_pod', 'a pod that is a moment old by a clock that is ahead');
});

test('a time of creation in the future excludes no record: a clock was set', () => {
  const pods = [{ name: 'db-0', createdAt: NOW + 3_600_000 }];
  assert.deepEqual(take({ 'db-0': head({}) }, { pods }).names, ['db-0']);
});

test('an idle pod counts if a peer is live, and is omitted if all are idle', () => {
  const idle = head(IDLE);
  assert.deepEqual(take({ a: idle, b: head({}) }), { names: ['a', 'b'], omitted: [] });
  assert.deepEqual(take({ a: idle, b: idle }), { names: [], omitted: ['idle', 'idle'] });
});

test('only a peer of the same template shows that a stat would be sent', () => {
  const other = head({ template: 8 });
  assert.deepEqual(take({ a: head(IDLE), b: other }), { names: ['b'], omitted: ['idle'] });
  const first = { ...IDLE, template: 0 }; // of schema version 1
  assert.deepEqual(take({ a: head(first), b: other }).names, ['a', 'b']);
});

test('a peer that shows its stats filter shows nothing of those that show none', () => {
  const other = head({ filterShown: true });
  assert.deepEqual(take({ a: head(IDLE), b: other }), { names: ['b'], omitted: ['idle'] });
  const first = { ...IDLE, template: 0 }; // of schema version 1
  assert.deepEqual(take({ a: head(first), b: other }).names, ['a', 'b']);
});

test('a node that shows its stats filter is not judged by its peers', () => {
  const hidden = head({ ...IDLE, filterShown: true });
  assert.deepEqual(take({ a: hidden, b: head({}) }), { names: ['b'], omitted: ['idle'] });
});

test('unrecognized scopes leave an idle pod unknown, whatever IDLE_AS_ZERO says', () => {
  const renamed = head({ ...IDLE_PROVEN, unrecognized: true });
  for (const idleAsZero of ['peers', 'always', 'never'] as const)
    assert.deepEqual(take({ a: renamed, b: head({}) }, { idleAsZero }), { names: ['b'], omitted: ['idle'] });
});

test('a live pod is omitted from a metric whose stat it has not sent', () => {
  const gaugeOnly = head({ sent: STAT.active, filterShown: true });
  const of = (needed: number) => take({ a: gaugeOnly, b: head({}) }, { needed });
  assert.deepEqual(of(STAT.active).names, ['a', 'b']);
  assert.deepEqual(of(STAT.started), { names: ['b'], omitted: ['stat_missing'] });
  assert.deepEqual(of(STAT.active | STAT.started), { names: ['b'], omitted: ['stat_missing'] });
  const proven = head({ sent: STAT.active, provenZero: ALL_STATS & ~STAT.active });
  assert.deepEqual(take({ a: proven }, { needed: STAT.errors }).names, ['a']);
});

test('a stat that a peer of the same template has sent is zero where it is missing', () => {
  const noErrors = head({ sent: ALL_STATS & ~STAT.errors });
  assert.deepEqual(take({ a: noErrors, b: head({}) }, { needed: STAT.errors }).names, ['a', 'b']);
  assert.deepEqual(take({ a: noErrors, b: noErrors }, { needed: STAT.errors }).omitted, [
    'stat_missing',
    'stat_missing',
  ]);
  const never = { needed: STAT.errors, idleAsZero: 'never' } as const;
  assert.deepEqual(take({ a: noErrors, b: head({}) }, never).names, ['b']);
});

test('no setting and no peer makes a pod idle that has requests but hides how many', () => {
  const hidden = head({ sent: ALL_STATS & ~STAT.active });
  for (const idleAsZero of ['peers', 'always', 'never'] as const) {
    const found = take({ a: hidden, b: head({}) }, { idleAsZero });
    assert.deepEqual(found, { names: ['b'], omitted: ['stat_missing'] });
  }
  const noTotal = head({ sent: STAT.active });
  assert.deepEqual(take({ a: noTotal, b: head({}) }, { needed: STAT.started }).names, ['b']);
});

test('a peer shows nothing about clusters of a live pod that has sent none', () => {
  const clusters = STAT.upstreamActive | STAT.pending;
  const renamed = head({ sent: ALL_STATS & ~clusters });
  for (const needed of [STAT.upstreamActive, STAT.pending])
    assert.deepEqual(take({ a: renamed, b: head({}) }, { needed }), {
      names: ['b'],
      omitted: ['stat_missing'],
    });
  const withoutGauge = head({ sent: STAT.started });
  assert.deepEqual(take({ a: withoutGauge, b: head({}) }, { needed: STAT.pending }).names, ['b']);
  const neverPending = head({ sent: ALL_STATS & ~STAT.pending });
  assert.deepEqual(take({ a: neverPending, b: head({}) }, { needed: STAT.pending }).names, ['a', 'b']);
  assert.deepEqual(take({ a: head(IDLE), b: head({}) }, { needed: STAT.upstreamActive }).names, ['a', 'b']);
});

test('a stale peer shows nothing about an idle pod', () => {
  const stale = head({ arrival: NOW - 60_000 });
  assert.deepEqual(take({ a: head(IDLE), b: stale }), {
    names: [],
    omitted: ['expired', 'idle'],
  });
});

test('an idle pod counts alone where its node shows that the filter lets the gauge through', () => {
  const heads = { a: head(IDLE_PROVEN), b: head(IDLE) };
  assert.deepEqual(take(heads), { names: ['a'], omitted: ['idle'] });
});

test('IDLE_AS_ZERO=always counts every idle pod, never counts none', () => {
  const heads = { a: head(IDLE_PROVEN), b: head({}) };
  assert.deepEqual(take({ a: head(IDLE) }, { idleAsZero: 'always' }).names, ['a']);
  assert.deepEqual(take(heads, { idleAsZero: 'never' }), { names: ['b'], omitted: ['idle'] });
});

test('a record that cannot be read makes its pod unknown, by reason', () => {
  const newer = head({});
  newer[0] = 250;
  assert.deepEqual(take({ a: newer, b: Buffer.from('\x01'), c: Buffer.alloc(0) }), {
    names: [],
    omitted: ['other_version', 'corrupt', 'corrupt'],
  });
});
