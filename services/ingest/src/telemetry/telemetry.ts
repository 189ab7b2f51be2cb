import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DemandRefusal } from '../demand/destinations.ts';
import type { PeerCheck } from '../identity/peer-check.ts';
import type { RefusalReason } from '../wires/refusal.ts';

/** Values that are read from other parts when metrics are collected. */
export interface Observed {
  streams(): number;
  waiting(): number;
  storeUp(): boolean;
  /** Expiry of the certificate of the gRPC port, ms since the epoch; undefined: it is plaintext. */
  certificateEnds(): number | undefined;
  readonly peerCheck: PeerCheck;
}

/** Running totals of this process. Plain numbers, because they are incremented at least once per message. */
export interface Totals {
  /** StreamMetricsMessages received. */
  messages: number;
  /** Gauge samples stored. */
  stored: number;
  /** Messages whose stream names no pod. */
  droppedByIds: number;
  /** Families whose name did not match. */
  droppedByNames: number;
  /** Complete flushes. */
  flushes: number;
  /** Samples that expired while they waited for Valkey. */
  expired: number;
  /** Batches that failed as a whole. */
  failedWrites: number;
  /** Flushes skipped in favour of a newer one of the same pod, because the process could not keep up. */
  skipped: number;
  /** Streams ended because their connection reached its maximum age. */
  rotated: number;
  /** Streams whose counters contradict COUNTER_MODE. */
  contradicted: number;
}

export interface Telemetry {
  readonly totals: Totals;
  refused(reason: RefusalReason, count?: number): void;
  demandRefused(reason: DemandRefusal, clusters: number): void;
  coldStarted(seconds: number): void;
  wrote(records: number, seconds: number): void;
}

/**
 * The counts of the summary line since the last one, with the names that operators of the Go activescale know.
 */
export interface Summary {
  readonly messages: number;
  readonly stored: number;
  readonly dropped_by_ids: number;
  readonly dropped_by_names: number;
  /** Flushes skipped in favour of newer ones. */
  readonly skipped: number;
}

const COUNTERS: readonly (readonly [total: keyof Totals, name: string, help: string])[] = [
  ['messages', 'activescale_ingest_messages_total', 'StreamMetrics messages received.'],
  ['stored', 'activescale_ingest_samples_stored_total', 'Gauge samples stored in Valkey.'],
  ['droppedByIds', 'activescale_ingest_messages_dropped_by_ids_total', 'Messages whose node names no pod.'],
  [
    'droppedByNames',
    'activescale_ingest_families_dropped_by_names_total',
    'Metric families whose name did not match.',
  ],
  ['flushes', 'activescale_ingest_flushes_total', 'Complete flushes.'],
  [
    'expired',
    'activescale_ingest_samples_expired_total',
    'Samples that expired while they waited for Valkey.',
  ],
  [
    'failedWrites',
    'activescale_ingest_writes_failed_total',
    'Write batches that a Valkey node did not answer; their samples wait for the next one.',
  ],
  [
    'skipped',
    'activescale_ingest_flushes_skipped_total',
    'Flushes skipped in favour of a newer flush of the same pod.',
  ],
  [
    'rotated',
    'activescale_ingest_streams_rotated_total',
    'Streams ended because their connection reached its maximum age.',
  ],
  [
    'contradicted',
    'activescale_ingest_streams_mismatched_total',
    'Streams whose counters do not fit COUNTER_MODE.',
  ],
];

export function createTelemetry(registry: Registry, observed: Observed): Telemetry {
  const totals: Totals = {
    messages: 0,
    stored: 0,
    droppedByIds: 0,
    droppedByNames: 0,
    flushes: 0,
    expired: 0,
    failedWrites: 0,
    skipped: 0,
    rotated: 0,
    contradicted: 0,
  };
  const registers = [registry];
  for (const [total, name, help] of COUNTERS) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(totals[total]);
      },
    });
  }
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('activescale_ingest_streams', 'StreamMetrics streams open now.', observed.streams);
  gauge('activescale_ingest_pods_waiting', 'Pods with a sample that waits to be written.', observed.waiting);
  gauge('activescale_ingest_valkey_up', 'Whether Valkey is connected: 1 or 0.', () =>
    Number(observed.storeUp()),
  );
  new Gauge({
    name: 'activescale_ingest_certificate_expiry_timestamp_seconds',
    help: 'Expiry of the certificate of the gRPC port, in seconds since the epoch; absent if the port is plaintext.',
    registers,
    collect() {
      this.reset();
      const ends = observed.certificateEnds();
      // Without labels a reset gauge is 0, which would be a certificate of 1970.
      if (ends === undefined) this.remove();
      else this.set(ends / 1000);
    },
  });

  new Gauge({
    name: 'activescale_ingest_peer_check',
    help: 'Value of PEER_CHECK as a label; always 1.',
    labelNames: ['check'],
    registers,
  }).set({ check: observed.peerCheck }, 1);

  const refused = new Counter({
    name: 'activescale_ingest_refused_total',
    help: 'Refused connections, streams, messages, flushes, parts of flushes and records, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const demandRefused = new Counter({
    name: 'activescale_ingest_demand_refused_total',
    help: 'Clusters in flushes whose demand was not stored, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const coldStarts = new Histogram({
    name: 'activescale_cold_start_seconds',
    help: 'Time from the first request to a destination that found no endpoint to the first success, to within a flush.',
    buckets: [1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300],
    registers,
  });
  const writes = new Histogram({
    name: 'activescale_ingest_write_seconds',
    help: 'Duration of a write batch.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const records = new Histogram({
    name: 'activescale_ingest_write_records',
    help: 'Records in a write batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
    registers,
  });
  return {
    totals,
    refused: (reason, count = 1) => refused.inc({ reason }, count),
    demandRefused: (reason, clusters) => demandRefused.inc({ reason }, clusters),
    coldStarted: (seconds) => coldStarts.observe(seconds),
    wrote(count, seconds) {
      writes.observe(seconds);
      records.observe(count);
    },
  };
}

/** Returns the counts since the last call. */
export function createSummary(totals: Readonly<Totals>): () => Summary {
  let last = { ...totals };
  return () => {
    const now = { ...totals };
    const since = (key: keyof Totals) => now[key] - last[key];
    const summary = {
      messages: since('messages'),
      stored: since('stored'),
      dropped_by_ids: since('droppedByIds'),
      dropped_by_names: since('droppedByNames'),
      skipped: since('skipped'),
    };
    last = now;
    return summary;
  };
}
