import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, type Head, STAT } from '@activescale/protocol/record';
import { builtInCatalogue } from '../catalogue.ts';
import { headBytes, NOW, slotOf, slotsBytes } from '../testing/records.ts';
import { demandOf } from './demand.ts';
import { mayBeZero, type ZeroEvidence, zeroDemand } from './zero.ts';

const RULES = { metricTtl: 20_000, demandHold: 90_000 };
/** The record of a source about the destinations that it does not mention. */
const REST = { sent: 0, provenZero: ALL_STATS, active: 0 } as const;

type Heads = Readonly<Record<string, Partial<Head> | null>>;

interface Given {
  /** By source; null: it has no record. */
  readonly reports?: Heads;
  readonly rests?: Heads;
  readonly keptSince?: number | undefined;
}

/** The value, or the doubt and the stale sources; `positive` if it cannot be 0. */
function zero({ reports = {}, rests = {}, ...given }: Given, name = 'demand_requests') {
  const metric = builtInCatalogue.get(name);
  assert.ok(metric, name);
  const records = (heads: Heads, port: string) =>
    Object.entries(heads).map(([source, head]) => ({ pod: { name: `${port}<${source}` }, head }));
  const own = records(reports, '80').map(({ pod, head }) => ({
    pod,
    record: head && slotsBytes([slotOf({})], head),
  }));
  const demand = demandOf(own, metric, NOW, RULES, () => {});
  const evidence: ZeroEvidence = {
    rests: records(rests, '').map(({ pod, head }) => ({ pod, record: head && headBytes(head) })),
    keptSince: 'keptSince' in given ? given.keptSince : 0,
  };
  if (!mayBeZero(demand, metric)) return 'positive';
  const found = zeroDemand(demand, evidence, metric, NOW, RULES);
  return 'value' in found ? found.value.value : [found.doubt, ...found.sources].join(' ');
}

const stale = NOW - 20_001;

test('what no source mentions is 0 if a live source would mention it', () => {
  const rests = { 'edge/a': REST };
  assert.equal(zero({ rests }), 0);
  assert.equal(zero({ rests: {} }), 'no_proof');
  assert.equal(zero({ rests: { 'edge/a': { ...REST, provenZero: STAT.active } } }), 'no_proof');
  const some = { 'edge/a': { ...REST, provenZero: STAT.active } };
  assert.equal(zero({ rests: some }, 'demand_active_requests'), 0);
  assert.equal(zero({ rests: { 'edge/a': { ...REST, arrival: stale } } }), 'no_proof');
  assert.equal(zero({ rests }, 'demand_requests_per_second'), 0);
  const begun = { 'edge/a': { ...REST, provenZero: STAT.started } };
  assert.equal(zero({ rests: begun }, 'demand_requests_per_second'), 'no_proof');
  for (const merged of ['demand_request_error_ratio', 'demand_request_duration_seconds_mean'])
    assert.equal(zero({ rests }, merged), 'positive');
});

test('the timestamp of a proven 0 is that of the newest proof', () => {
  const metric = builtInCatalogue.get('demand_requests');
  assert.ok(metric);
  const rests = [NOW - 1_000, NOW].map((arrival, i) => ({
    pod: { name: `<edge/${i}` },
    record: headBytes({ ...REST, arrival }),
  }));
  const found = zeroDemand(
    demandOf([], metric, NOW, RULES, () => {}),
    { rests, keptSince: 0 },
    metric,
    NOW,
    RULES,
  );
  assert.deepEqual(found, { value: { timestamp: NOW, value: 0 }, sources: ['edge/0', 'edge/1'] });
});

test('nothing is 0 until all records have been kept for METRIC_TTL', () => {
  for (const given of [{ rests: { 'edge/a': REST } }, { reports: { 'edge/a': { active: 0 } } }]) {
    assert.equal(zero({ ...given, keptSince: undefined }), 'lost_records');
    assert.equal(zero({ ...given, keptSince: NOW - 19_999 }), 'lost_records');
    assert.equal(zero({ ...given, keptSince: NOW - 20_000 }), 0);
  }
});

test('a source that is stale may have requests, whatever the others say', () => {
  const rests = { 'edge/a': REST };
  assert.equal(zero({ rests: { ...rests, 'edge/b': null } }), 'stale_source edge/b');
  assert.equal(zero({ rests: { ...rests, 'edge/b': { ...REST, arrival: stale } } }), 'stale_source edge/b');
  assert.equal(zero({ rests, reports: { 'edge/b': null } }), 'stale_source edge/b');
  assert.equal(zero({ rests, reports: { 'edge/b': { active: 0, arrival: stale } } }), 'stale_source edge/b');
  const idle = { 'edge/a': { active: 0 }, 'edge/b': { active: 0 } };
  assert.equal(zero({ reports: idle }), 0);
  assert.equal(zero({ reports: { ...idle, 'edge/b': null } }), 'stale_source edge/b');
  assert.equal(zero({ reports: { 'edge/a': { active: 1 }, 'edge/b': null } }), 'positive');
});

test('a live source needs no current record of the destination', () => {
  const rests = { 'edge/a': REST, 'edge/b': REST };
  assert.equal(zero({ rests, reports: { 'edge/a': { active: 0 }, 'edge/b': null } }), 0);
  const hasTooMany = { ...REST, provenZero: 0 };
  assert.equal(zero({ rests: { ...rests, 'edge/c': hasTooMany } }), 'stale_source edge/c');
  assert.equal(zero({ rests: { ...rests, 'edge/c': null }, reports: { 'edge/c': { active: 0 } } }), 0);
});
