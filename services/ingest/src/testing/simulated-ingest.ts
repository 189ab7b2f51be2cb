import { mock } from 'node:test';
import type { Delivery, Simulation, Snapshots, StoredRecord } from '@activescale/devkit';
import { ByteWriter, freshFor, HOLD_MS } from '@activescale/protocol/record';
import { createLogger } from '@activescale/runtime';
import { createClusterTargets } from '../flush/demand/cluster-targets.ts';
import { createKnownStats } from '../flush/known-stats.ts';
import { createPatterns } from '../flush/patterns.ts';
import { createPodStream, type PodStream } from '../pod-stream.ts';
import { createStateBudget } from '../state-budget.ts';
import type { FlushSample } from '../subject.ts';
import { createResume } from '../write/resume.ts';
import { encodeRecord, flushLengthOf } from '../write/sample-record.ts';
import { SILENT_EVENTS } from './silent-events.ts';

// The path of a message through ingest, from the bytes of a stream to the records in the store, in simulated time. Tests
// fork it and send one simulation after another.

interface Entry extends StoredRecord {
  readonly expiresAt: number;
}

const log = createLogger('simulated-ingest', 0);

async function simulate({ metricTtl, counterMode, deliveries, moments }: Simulation): Promise<Snapshots> {
  const entries = new Map<string, Entry>();
  let now = Math.min(deliveries[0]?.at ?? 0, moments[0] ?? 0);

  const patterns = createPatterns(() => now);
  const stats = createKnownStats();
  const states = createStateBudget();
  const read = (name: string): Entry | undefined => {
    const entry = entries.get(name);
    return entry !== undefined && entry.expiresAt > now ? entry : undefined;
  };
  const store = {
    heads: async (_: string, names: readonly string[]) => names.map((name) => read(name)?.head ?? null),
    slots: async (_: string, names: readonly string[]) => names.map((name) => read(name)?.slots ?? null),
    note: async () => {},
    clock: { now: () => now, at: (time: number) => time },
  };
  const flushed = (sample: FlushSample): void => {
    const { subject, history } = sample;
    const { head, slots } = encodeRecord(new ByteWriter(), sample, history.arrival);
    const replaced = read(subject.recordName)?.head;
    const expiresAt = history.arrival + freshFor(flushLengthOf(sample), metricTtl, HOLD_MS);
    entries.set(subject.recordName, { name: subject.recordName, head, slots, expiresAt });
    if (replaced !== undefined) queueMicrotask(() => sample.replaced(replaced));
  };
  const open = (): PodStream =>
    createPodStream({
      metricName: undefined,
      metricTtl,
      demand: { from: 'off', targets: createClusterTargets(undefined), reportsAll: () => true },
      counterMode,
      ownScopes: undefined,
      patterns: patterns.of('simulation'),
      stats,
      openState: (release) => states.open('simulation', release),
      verify: () => '',
      ...createResume(store, () => now, log),
      flushed,
      events: SILENT_EVENTS,
    });

  const waitUntil = async (time: number): Promise<void> => {
    // Timers and what hangs on them first, as it happened before.
    mock.timers.tick(Math.max(0, time - now));
    now = Math.max(now, time);
    await settled();
  };
  const streams = new Map<number, PodStream>();
  const snapshots: StoredRecord[][] = [];
  let next = 0;
  for (const moment of moments) {
    for (; next < deliveries.length && (deliveries[next] as Delivery).at <= moment; next++) {
      const { stream: number, at, message } = deliveries[next] as Delivery;
      await waitUntil(at);
      let stream = streams.get(number);
      if (stream === undefined) {
        stream = open();
        streams.set(number, stream);
      }
      if (message === undefined) stream.end();
      else stream.message(Buffer.from(message), at);
      await settled();
    }
    await waitUntil(moment);
    snapshots.push([...entries.values()].filter(({ expiresAt }) => expiresAt > moment));
  }
  for (const stream of streams.values()) stream.end();
  return snapshots;
}

/** All that waits for the store, which answers at once, has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

mock.timers.enable({ apis: ['setTimeout'] });
process.on('message', async (simulation: Simulation) => {
  process.send?.(await simulate(simulation).catch((error: unknown) => error));
});
