import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startWorkload } from '@activescale/devkit';
import type { Store } from '@activescale/store';
import { type Pod, type Stack, startPod, startStack } from '../stack.ts';
import { type Expected, holdAgainstLogs, type Logs } from './bounds.ts';
import { truthOf } from './log.ts';
import { type Observation, observe, readStore, recordsOf, valuesOf } from './served.ts';

const namespace = 'shop';
const RUN_MS = 50_000;
/** Between two looks; each flush is seen. */
const LOOK_MS = 400;

/** Each with what docs/signals.md says that its mean may be off. */
const LOADS: readonly Expected[] = [
  { name: 'steady', inFlight: 0.08 }, // Envoy reads 100 ms as 104.8
  { name: 'bursty', inFlight: 0.1 },
  { name: 'failing', inFlight: 0.1 },
  { name: 'long', inFlight: 0.15 },
  { name: 'endless', inFlight: 0.15 },
  { name: 'heavy', inFlight: 0.2 }, // the tail is longer than a flush
  { name: 'cancelled', inFlight: 0.2 }, // what is given up is in no histogram
];
const FLUSHES = ['1s', '5s'];
/** Requests of a burst. */
const BURST = 200;

interface Member {
  readonly expected: Expected;
  readonly name: string;
  readonly flush: string;
  readonly pod: Pod;
}

/** The largest gauge and the largest estimate that any flush of a pod had. */
type Peaks = Map<string, { gauge: number; estimate: number }>;

test('what is served of real Envoys is what their applications saw', { timeout: 180_000 }, async (t) => {
  await using stack = await startStack();
  await using store = await readStore(stack);
  await using running = new AsyncDisposableStack();
  const members: Member[] = [];
  for (const expected of LOADS) {
    for (const flush of FLUSHES) {
      const name = `${expected.name}-${flush}`;
      const pod = await startPod({ pod: name, namespace, sinkPort: stack.ingest.grpcPort, flush });
      members.push({ expected, name, flush, pod: running.use(pod) });
    }
  }
  const loads = members.map(({ expected, pod }) => running.use(startWorkload(expected.name, pod.envoy.port)));
  const peaks = await watch(stack, store, members);
  const seen = await between(members, () =>
    observe(
      stack,
      store,
      namespace,
      members.map(({ name }) => name),
    ),
  );
  await Promise.all(loads.map((load) => load.stop()));

  for (const [index, { expected, name, flush, pod }] of members.entries()) {
    await t.test(`${expected.name}, at a flush of ${flush}`, (t) => {
      const observation = seen.get(name);
      assert.ok(observation);
      const logs: Logs = { application: pod.upstream.log(), clients: (loads[index] as Load).log() };
      t.diagnostic(JSON.stringify({ ...observation.values, ...brief(logs, observation) }));
      holdAgainstLogs(expected, observation, logs);
      const { gauge, estimate } = peaks.get(name) ?? { gauge: 0, estimate: 0 };
      const max = observation.values.active_requests_max_1m ?? 0;
      assert.ok(max >= gauge && max >= estimate, `max ${max}, gauge ${gauge}, estimate ${estimate}`);
    });
  }
});

/**
 * Looks until no burst is under way where a window begins or ends: a flush that is cut within one takes its requests to
 * be half way through, and the next flush makes up for it (docs/signals.md).
 */
async function between(members: readonly Member[], look: () => ReturnType<typeof observe>) {
  const bursts = members.filter(({ expected }) => expected.name === 'bursty');
  let seen = await look();
  const isCalm = () =>
    bursts.every(({ name }) => cutsOf(seen.get(name)).every((active) => active < BURST / 4));
  for (let tries = 0; !isCalm(); tries++) {
    assert.ok(tries < 20, 'the bursts do not end');
    await sleep(LOOK_MS);
    seen = await look();
  }
  return seen;
}

/** The gauge at the end of an observation, and ten seconds before it. */
function cutsOf(observation: Observation | undefined): number[] {
  const { slots = [] } = observation?.record ?? {};
  const [newest] = slots;
  const cuts = slots.filter(({ end }) =>
    [0, 10_000].some((age) => Math.abs((newest?.end ?? 0) - age - end) < 500),
  );
  return cuts.map(({ active }) => active);
}

/** Looks on while the loads run: the mean is never far below the truth, and the peaks are noted. */
async function watch(stack: Stack, store: Store, members: readonly Member[]): Promise<Peaks> {
  const peaks: Peaks = new Map();
  const end = performance.now() + RUN_MS;
  const begun = performance.now();
  while (performance.now() < end) {
    const records = await recordsOf(
      store,
      namespace,
      members.map(({ name }) => name),
    );
    for (const [name, { slots }] of records) {
      const { gauge, estimate } = peaks.get(name) ?? { gauge: 0, estimate: 0 };
      const [newest] = slots;
      peaks.set(name, {
        gauge: Math.max(gauge, newest?.active ?? 0),
        estimate: Math.max(estimate, newest?.mean ?? 0),
      });
    }
    if (performance.now() - begun > 20_000) {
      const means = await valuesOf(stack.query, namespace, 'active_requests_mean_10s');
      for (const { name, pod } of members) {
        // Up to a flush old; the truth of the time that it speaks of is in between these.
        const now = performance.timeOrigin + performance.now();
        const truths = [0, 2_500, 5_000].map((age) =>
          truthOf(pod.upstream.log(), now - age - 10_000, now - age),
        );
        const least = Math.min(...truths.map(({ inFlight }) => inFlight));
        assert.ok((means[name] ?? 0) >= least / 2, `${name}: ${means[name]} while ${least} were in flight`);
      }
    }
    await sleep(LOOK_MS);
  }
  return peaks;
}

/** The truths for the report, without all durations. */
function brief(logs: Logs, { from, to }: { from: number; to: number }) {
  const numbers = Object.entries(logs).map(([end, log]) => {
    const { inFlight, duration } = truthOf(log, from, to);
    return [end, { inFlight, duration }];
  });
  return Object.fromEntries(numbers);
}
