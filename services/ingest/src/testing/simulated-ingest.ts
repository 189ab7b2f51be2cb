import { mock } from 'node:test';
import type { Delivery, Simulation, Snapshot } from '@activescale/devkit';
import { createLogger } from '@activescale/runtime';
import { createClusterTargets } from '../flush/demand/cluster-targets.ts';
import { createKnownStats } from '../flush/known-stats.ts';
import { createPatterns } from '../flush/patterns.ts';
import { createPodStreams, type PodStream } from '../pod-stream.ts';
import { createStateBudget } from '../state-budget.ts';
import { createResume } from '../write/resume.ts';
import { SILENT_EVENTS } from './silent-events.ts';
import { createSimulatedStore } from './simulated-store.ts';

// The path of a message through ingest, from the bytes of a stream to the records in the store, in simulated time. Tests
// fork it and send one simulation after another.

const NOBODY = { address: '', certificate: () => undefined };
const log = createLogger('simulated-ingest', 0);

async function simulate(simulation: Simulation): Promise<Snapshot[]> {
  const { metricTtl, counterMode, demand, deliveries, losses = [], moments } = simulation;
  let now = Math.min(deliveries[0]?.at ?? 0, moments[0] ?? 0, ...losses);

  const store = createSimulatedStore(metricTtl, () => now);
  const podStreams = createPodStreams({
    metricName: undefined,
    metricTtl,
    demand: {
      from: demand === undefined ? 'off' : 'gateways',
      targets: createClusterTargets(undefined),
      reportsAll: ({ namespace }) => namespace === demand?.edge,
    },
    counterMode,
    ownScopes: undefined,
    patterns: createPatterns(() => now),
    stats: createKnownStats(),
    states: createStateBudget(),
    waitedAt: () => 0,
    verify: () => '',
    ...createResume(store, () => now, log),
    flushed: store.write,
    events: SILENT_EVENTS,
  });

  const waitUntil = async (time: number): Promise<void> => {
    // Timers and what hangs on them first, as it happened before.
    mock.timers.tick(Math.max(0, time - now));
    now = Math.max(now, time);
    await settled();
  };
  const passLosses = async (until: number): Promise<void> => {
    for (; lost < losses.length && (losses[lost] as number) <= until; lost++) {
      await waitUntil(losses[lost] as number);
      store.lose();
    }
  };
  const streams = new Map<number, PodStream>();
  const snapshots: Snapshot[] = [];
  let next = 0;
  let lost = 0;
  for (const moment of moments) {
    for (; next < deliveries.length && (deliveries[next] as Delivery).at <= moment; next++) {
      const { stream: number, at, message } = deliveries[next] as Delivery;
      await passLosses(at);
      await waitUntil(at);
      let stream = streams.get(number);
      if (stream === undefined) {
        stream = podStreams.open({ peer: NOBODY, group: 'simulation' });
        streams.set(number, stream);
      }
      if (message === undefined) stream.end();
      else stream.message(Buffer.from(message), at);
      await settled();
    }
    await passLosses(moment);
    await waitUntil(moment);
    snapshots.push(store.snapshot());
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
