import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createSummary, createTelemetry, type Telemetry } from './telemetry.ts';

function setUp(): { registry: Registry; telemetry: Telemetry; observed: { streams: number; up: boolean } } {
  const registry = new Registry();
  const observed = { streams: 0, up: true };
  const telemetry = createTelemetry(registry, {
    streams: () => observed.streams,
    waiting: () => 2,
    storeUp: () => observed.up,
    certificateEnds: () => undefined,
    peerCheck: 'address',
  });
  return { registry, telemetry, observed };
}

test('a summary holds what has been counted since the one before', () => {
  const { telemetry } = setUp();
  const { totals } = telemetry;
  const summary = createSummary(totals);
  totals.messages += 5;
  totals.stored += 4;
  totals.droppedByIds += 1;
  totals.droppedByNames += 600;
  totals.skipped += 3;
  assert.deepEqual(summary(), {
    messages: 5,
    stored: 4,
    dropped_by_ids: 1,
    dropped_by_names: 600,
    skipped: 3,
  });
  totals.messages += 2;
  assert.deepEqual(summary(), { messages: 2, stored: 0, dropped_by_ids: 0, dropped_by_names: 0, skipped: 0 });
});

test('metrics are read when they are collected, and counters stay cumulative', async () => {
  const { registry, telemetry, observed } = setUp();
  const sample = async (name: string) => {
    const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  };
  telemetry.totals.messages = 3;
  assert.equal(await sample('activescale_ingest_messages_total'), 3);
  telemetry.totals.messages = 7;
  observed.streams = 9;
  observed.up = false;
  assert.equal(await sample('activescale_ingest_messages_total'), 7);
  assert.equal(await sample('activescale_ingest_messages_total'), 7);
  assert.equal(await sample('activescale_ingest_streams'), 9);
  assert.equal(await sample('activescale_ingest_valkey_up'), 0);
  assert.equal(await sample('activescale_ingest_pods_waiting'), 2);
  telemetry.refused('malformed');
  telemetry.refused('store_refused', 3);
  assert.equal(await sample('activescale_ingest_refused_total{reason="malformed"}'), 1);
  assert.equal(await sample('activescale_ingest_refused_total{reason="store_refused"}'), 3);
  telemetry.wrote(20, 0.002);
  assert.equal(await sample('activescale_ingest_write_seconds_sum'), 0.002);
  assert.equal(await sample('activescale_ingest_write_records_sum'), 20);
});

test('names and helps follow the conventions that promtool checks', async () => {
  const { registry } = setUp();
  const metrics = await registry.getMetricsAsJSON();
  assert.ok(metrics.length > 10);
  for (const { name, help, type } of metrics) {
    assert.match(name, /^activescale_(ingest_[a-z]+(_[a-z]+)*|cold_start_seconds)$/);
    assert.match(help, /^[A-Z].+[^.]\.$/, name);
    assert.equal(name.endsWith('_total'), String(type) === 'counter', `${name}: _total is for counters`);
    // promtool: no base unit but the full one, no reserved suffix, no type in the name.
    assert.doesNotMatch(
      name,
      /_(ms|milliseconds|minutes|kb|mb|megabytes|count|sum|bucket|gauge|counter)(_|$)/,
    );
  }
});

test('the expiry of the certificate is exported if there is one', async () => {
  const line = async (ends: number | undefined) => {
    const registry = new Registry();
    createTelemetry(registry, {
      streams: () => 0,
      waiting: () => 0,
      storeUp: () => true,
      certificateEnds: () => ends,
      peerCheck: 'address',
    });
    const text = await registry.getSingleMetricAsString(
      'activescale_ingest_certificate_expiry_timestamp_seconds',
    );
    return text.split('\n').filter((each) => !each.startsWith('#'));
  };
  assert.deepEqual(await line(1_800_000_000_500), [
    'activescale_ingest_certificate_expiry_timestamp_seconds 1800000000.5',
  ]);
  assert.deepEqual(await line(undefined), []);
});
