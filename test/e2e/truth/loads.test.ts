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
const RUN_MS = 38_000;
/**
 * How often a pod may be looked at, and ms in between. A machine that stalls makes Envoy's cut and its timestamp lie
 * apart, and a window with that is not what its logs say; what is wrong in us is wrong each time.
 */
const LOOKS = 3;
const PAUSE_MS = 7_000;
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
/**
 * How far the mean may be off where flushes cut bursts, as a share: bursts and flushes keep their pace, so if one is cut
 * all are, and how likely that is depends on when the test began (docs/signals.md: a quarter too high).
 */
const CUT_BURSTS = 0.3;

interface Member {
  readonly expected: Expected;
  readonly name: string;
  readonly flush: string;
  readonly pod: Pod;
}

/** What came of the looks at a pod. */
interface Verdict {
  /** The first one, within a minute of all that `watch` has seen. */
  readonly first: Observation;
  readonly report: object;
  /** Of the last one; null: all was right. */
  readonly error: unknown;
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
  const verdicts = new Map<string, Verdict>();
  for (let looks = 1; looks <= LOOKS; looks++) {
    const left = members.filter(({ name }) => verdicts.get(name)?.error !== null);
    if (left.length === 0) break;
    if (looks > 1) await sleep(PAUSE_MS);
    const names = left.map(({ name }) => name);
    const seen = await between(left, () => observe(stack, store, namespace, names));
    for (const { expected, name, pod } of left) {
      const observation = seen.get(name) as Observation;
      const load = loads[members.findIndex((member) => member.name === name)] as Load;
      const logs: Logs = { application: pod.upstream.log(), clients: load.log() };
      const report = { looks, ...observation.values, ...brief(logs, observation) };
      const first = verdicts.get(name)?.first ?? observation;
      const isCut = expected.name === 'bursty' && cutsBurst(observation);
      const inFlight = isCut ? CUT_BURSTS : expected.inFlight;
      const error = errorOf(() => holdAgainstLogs({ ...expected, inFlight }, observation, logs));
      verdicts.set(name, { first, report, error });
    }
  }
  await Promise.all(loads.map((load) => load.stop()));

  for (const { expected, name, flush } of members) {
    await t.test(`${expected.name}, at a flush of ${flush}`, (t) => {
      const { first, report, error } = verdicts.get(name) as Verdict;
      t.diagnostic(JSON.stringify(report));
      if (error !== null) throw error;
      const { gauge, estimate } = peaks.get(name) ?? { gauge: 0, estimate: 0 };
      const max = first.values.active_requests_max_1m ?? 0;
      // A peak is a whole number of requests; an estimated one is rounded to the nearest.
      assert.ok(
        max >= gauge && max >= Math.round(estimate),
        `max ${max}, gauge ${gauge}, estimate ${estimate}`,
      );
    });
  }
});

function errorOf(run: () => void): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

/**
 * Looks until no burst is at either end of a window. A flush that is cut within one takes its requests to be half way
 * through, and the next flush makes up for it; a slot that is in the window with a part counts with that part of its
 * mean, wherever in it the burst was (docs/signals.md).
 */
async function between(members: readonly Member[], look: () => ReturnType<typeof observe>) {
  const bursts = members.filter(({ expected }) => expected.name === 'bursty');
  let seen = await look();
  const isCalm = () => bursts.every(({ name }) => edgesOf(seen.get(name)).every((load) => load < BURST / 10));
  for (let tries = 0; !isCalm(); tries++) {
    assert.ok(tries < 60, 'the bursts do not end');
    await sleep(LOOK_MS);
    seen = await look();
  }
  return seen;
}

/** Whether a flush was taken while a burst was under way; the mean of one that holds a whole burst is under 62. */
function cutsBurst({ record: { slots } }: Observation): boolean {
  return slots.some(({ largest }) => largest > BURST / 3);
}

/**
 * What is under way at the end of an observation and ten seconds before it: the gauges there, and the work, in seconds
 * of requests, of the slot that a window of ten seconds cuts.
 */
function edgesOf(observation: Observation | undefined): number[] {
  const { slots = [] } = observation?.record ?? {};
  const [newest] = slots;
  const begin = (newest?.end ?? 0) - 10_000;
  return slots.flatMap((slot) => {
    const { end, length, active, mean } = slot;
    const gauges = slot === newest || Math.abs(end - begin) < 500 ? [active] : [];
    const isCut = end > begin && end - length < begin;
    return isCut ? [...gauges, (mean * length) / 1000] : gauges;
  });
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
