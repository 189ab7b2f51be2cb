import { mock } from 'node:test';
import {
  ByteWriter,
  decodeHead,
  decodePodRecord,
  type Head,
  type PodRecord,
} from '@activescale/protocol/record';
import { encodeMessage, type FamilySpec, type MessageSpec } from '@activescale/protocol/testing';
import { createLogger } from '@activescale/runtime';
import { StoreError } from '@activescale/store';
import type { DemandRefusal } from '../demand/destinations.ts';
import { SILENCE_MS } from '../flush/assembly.ts';
import { createClusterTargets } from '../flush/demand/cluster-targets.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import { createKnownStats } from '../flush/known-stats.ts';
import { createPatterns } from '../flush/patterns.ts';
import type { DemandFrom } from '../known-pod.ts';
import { createPodStreams } from '../pod-stream.ts';
import { createStateBudget } from '../state-budget.ts';
import type { FlushSample } from '../subject.ts';
import { createResume } from '../write/resume.ts';
import { encodeRecord } from '../write/sample-record.ts';
import { SILENT_EVENTS } from './silent-events.ts';

mock.timers.enable({ apis: ['setTimeout'] });

/** What is stored of one subject. */
export interface Stored extends PodRecord {
  readonly head: Head;
  /** How often it was written. */
  readonly writes: number;
}

export interface DemandIngestOptions {
  readonly from?: DemandFrom;
  readonly reportsAll?: boolean;
  readonly counterMode?: CounterMode;
}

/** The path of demand through ingest, from the messages of streams to records, in a time that the test sets. */
export function createDemandIngest(options: DemandIngestOptions = {}) {
  const { from = 'gateways', reportsAll = true, counterMode = 'cumulative' } = options;
  const values = new Map<
    string,
    { readonly head: Buffer; readonly slots: Buffer; readonly writes: number }
  >();
  /** Namespaces whose next read fails. */
  const unreadable = new Set<string>();
  const refused: Record<string, number> = {};
  const coldStarts: number[] = [];
  const contradicted: CounterMode[] = [];
  let now = 1_000_000;
  const patterns = createPatterns(() => now);
  const keyOf = (namespace: string, name: string) => `${namespace} ${name}`;
  let keptSince = 0;
  const store = {
    keptSince: async () => keptSince,
    heads: async (namespace: string, names: readonly string[]) =>
      names.map((name) => values.get(keyOf(namespace, name))?.head ?? null),
    slots: async (namespace: string, names: readonly string[]) => {
      if (unreadable.delete(namespace)) throw new StoreError('ERR_STORE_DOWN', 'a test');
      return names.map((name) => values.get(keyOf(namespace, name))?.slots ?? null);
    },
    note: async () => {},
    clock: { now: () => now, at: (time: number) => time },
  };
  const flushed = (sample: FlushSample): void => {
    const { namespace, recordName } = sample.subject;
    const { head, slots } = encodeRecord(new ByteWriter(), sample, sample.history.arrival);
    const key = keyOf(namespace, recordName);
    values.set(key, { head, slots, writes: (values.get(key)?.writes ?? 0) + 1 });
  };

  return {
    refused,
    /** In ms. */
    coldStarts,
    /** The counter modes that streams contradicted. */
    contradicted,
    /** Names of the records of a namespace, sorted. */
    names: (namespace: string) =>
      [...values.keys()]
        .filter((key) => key.startsWith(`${namespace} `))
        .map((key) => key.slice(namespace.length + 1))
        .sort(),
    stored(namespace: string, name: string): Stored {
      const value = values.get(keyOf(namespace, name));
      if (value === undefined) throw new Error(`no record ${namespace}/${name} among ${[...values.keys()]}`);
      return { ...decodePodRecord(value.slots), head: decodeHead(value.head), writes: value.writes };
    },
    /** A record expires or is lost, or those of its namespace cannot be read once. */
    lose(namespace: string, name: string, how: 'expired' | 'lost' | 'unreadable') {
      if (how === 'lost') keptSince = now;
      if (how === 'unreadable') unreadable.add(namespace);
      else values.delete(keyOf(namespace, name));
    },
    passes(ms: number) {
      now += ms;
    },
    open(node: MessageSpec['node']) {
      let isFirst = true;
      const streams = createPodStreams({
        metricName: undefined,
        metricTtl: 20_000,
        counterMode,
        ownScopes: undefined,
        demand: { from, targets: createClusterTargets(undefined), reportsAll: () => reportsAll },
        patterns,
        stats: createKnownStats(),
        states: createStateBudget(),
        waitedAt: () => 0,
        verify: () => '',
        ...createResume(store, () => now, createLogger('demand-ingest', 0)),
        flushed,
        events: {
          ...SILENT_EVENTS,
          demandRefused(_, reason: DemandRefusal, { count }) {
            refused[reason] = (refused[reason] ?? 0) + count;
          },
          coldStarted: (took: number) => coldStarts.push(took),
          contradicted: (_, mode: CounterMode) => contradicted.push(mode),
        },
      });
      const peer = { address: '10.1.0.7', certificate: () => undefined };
      const stream = streams.open({ peer, group: 'gateway' });
      return {
        /** Sends a flush of one message `after` ms, and lets it be processed. */
        async flush(families: readonly FamilySpec[], after = 1_000): Promise<void> {
          now += after;
          const message = encodeMessage({
            timestamp: now,
            families,
            ...(isFirst && node !== undefined ? { node } : {}),
          });
          isFirst = false;
          stream.message(message, now);
          // The silence after which a flush is complete.
          mock.timers.tick(SILENCE_MS);
          await new Promise((resolve) => setImmediate(resolve));
        },
        end: () => stream.end(),
      };
    },
  };
}
