import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@activescale/devkit';
import { addIntervals, NO_EVIDENCE } from '../evidence/evidence.ts';
import { exponential, fixed, type Phase, type QueuePod, simulate } from '../testing/queue.ts';
import { parseObjectives } from './objective.ts';
import { recommendationOf } from './recommendation.ts';

interface Observed {
  readonly workers: number;
  /** Of the service time, in ms. */
  readonly mean: number;
  readonly isRandom?: boolean;
  readonly phases: readonly Phase[];
  readonly seed?: number;
  readonly fails?: QueuePod['fails'];
}

function evidenceOf({ workers, mean, isRandom = false, phases, seed = 1, fails }: Observed) {
  const random = seededRandom(seed);
  const service = isRandom ? exponential(mean, random) : fixed(mean);
  return addIntervals(NO_EVIDENCE, simulate({ workers, service, fails }, phases, { random }));
}

function recommend(observed: Observed | Readonly<Record<string, Observed>>, slo?: string) {
  const objectives = slo === undefined ? undefined : parseObjectives(slo);
  const pods = 'phases' in observed ? { 'web-1': observed as Observed } : observed;
  const evidence = new Map(Object.entries(pods).map(([pod, each]) => [pod, evidenceOf(each)]));
  const recommendation = recommendationOf(evidence, { objectives, headroom: 0.3 });
  const { verdict } = recommendation;
  return {
    ...recommendation,
    found: verdict.kind === 'found' ? verdict.inFlight : undefined,
    refused: verdict.kind === 'refused' ? verdict.reason : undefined,
  };
}

/** Held in flight one after the other, from `least` to `most`, in steps of a quarter. */
function sweep(most: number, { least = 1, seconds = 20 } = {}): Phase[] {
  const steps: number[] = [];
  for (let clients = least; clients <= most; clients = Math.max(clients + 1, Math.round(clients * 1.25)))
    steps.push(clients);
  return steps.map((clients) => ({ clients, seconds }));
}

function assertNear(found: number | undefined, truth: number): void {
  assert.ok(Math.abs((found ?? 0) / truth - 1) < 0.1, `${found}, expected ${truth}`);
}

const POOLS = [
  { workers: 1, mean: 20 },
  { workers: 4, mean: 40 },
  { workers: 20, mean: 100 },
  { workers: 64, mean: 200 },
];
const KINDS = POOLS.flatMap((pool) => [false, true].map((isRandom) => ({ ...pool, isRandom })));
const nameOf = ({ workers, isRandom }: (typeof KINDS)[number]) =>
  `${workers} workers with ${isRandom ? 'exponential' : 'fixed'} service times`;

for (const kind of KINDS) {
  test(`${nameOf(kind)}: 1.5 times the unloaded duration is found within 10 %`, () => {
    for (const seed of [1, 2, 3]) {
      const { found } = recommend({ ...kind, phases: sweep(2.5 * kind.workers + 1), seed });
      assertNear(found, 1.5 * kind.workers);
    }
  });

  test(`${nameOf(kind)}: a sweep that ends below is refused, with what was seen as a lower bound`, () => {
    const most = Math.max(1, Math.floor(1.2 * kind.workers));
    for (const seed of [1, 2, 3]) {
      const { refused, basis, averageValue } = recommend({ ...kind, phases: sweep(most), seed });
      assert.deepEqual([refused, averageValue], [most === 1 ? 'too_little' : 'not_reached', undefined]);
      assert.ok((basis ?? 0) <= most * 1.01, `${basis}`);
    }
  });

  test(`${nameOf(kind)}: bursts and a changing number of clients do not move the limit`, () => {
    const random = seededRandom(9);
    const phases = sweep(2.5 * kind.workers + 1, { seconds: 16 }).flatMap((phase): Phase[] => {
      const clients = 'clients' in phase ? phase.clients : 0;
      return Array.from({ length: 4 * phase.seconds }, (_, i) => {
        const isBurst = i % 32 === 31;
        const noisy = Math.max(1, Math.round(clients * (0.8 + 0.4 * random())));
        return { seconds: 0.25, clients: isBurst ? 2 * kind.workers : noisy };
      });
    });
    assertNear(recommend({ ...kind, phases }).found, 1.5 * kind.workers);
  });
}

test('the target of a single worker is computed from one request in flight', () => {
  for (const isRandom of [false, true]) {
    const { averageValue, isSingleWorker } = recommend({ workers: 1, mean: 20, isRandom, phases: sweep(6) });
    assert.deepEqual([averageValue, isSingleWorker], [0.7, true]);
    const two = recommend({ workers: 2, mean: 20, isRandom, phases: sweep(6) });
    assert.equal(two.isSingleWorker, false);
    assertNear(two.averageValue, 2.1);
  }
});

test('requests that arrive at random wait before all workers are busy, so less is recommended', () => {
  const phases = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97].map((share) => ({
    rate: share * 200,
    seconds: 60,
  }));
  const { found = 0 } = recommend({ workers: 4, mean: 20, isRandom: true, phases });
  assert.ok(found > 3.5 && found < 5.5, `${found}`);
});

test('the workers of a saturated pod are counted', () => {
  const { workers } = recommend({ workers: 20, mean: 100, phases: sweep(60) });
  assertNear(workers?.count, 20);
  assertNear(workers?.perSecond, 200);
  assert.equal(recommend({ workers: 20, mean: 100, phases: sweep(15) }).workers, undefined);
});

test('a pod that was loaded all the time is refused, unless a duration is given', () => {
  const loaded = { workers: 4, mean: 40, phases: sweep(16, { least: 6 }) };
  const relative = recommend(loaded);
  assert.deepEqual([relative.refused, relative.basis], ['never_unloaded', undefined]);
  assertNear(recommend(loaded, 'mean=100ms').found, 10);
});

test('an objective that is never kept, or between numbers in flight that were not observed, is refused', () => {
  const pool = { workers: 4, mean: 40 };
  assert.equal(recommend({ ...pool, phases: sweep(12) }, 'mean=30ms').refused, 'never_kept');
  const jump = [...sweep(4), { clients: 20, seconds: 20 }];
  const { refused, basis } = recommend({ ...pool, phases: jump });
  assert.equal(refused, 'gap');
  assertNear(basis, 4);
});

test('a quantile and a share of errors are objectives too, and the nearest one counts', () => {
  const failsAbove = (most: number) => (inFlight: number) => inFlight > most;
  const pod = { workers: 20, mean: 90, phases: sweep(60), fails: failsAbove(25) };
  const { found = 0, verdict } = recommend(pod, 'mean=180ms,errors=1%');
  assert.ok(found > 20 && found < 28, `${found}`);
  assert.equal(verdict.by?.measure, 'errors');
  assert.equal(recommend(pod).verdict.by?.measure, 'errors', 'also without --slo');
  // All durations are within one bucket up to 22 in flight: at 28 they are 126 ms, above 100 ms.
  const { found: atQuantile = 0 } = recommend({ ...pod, fails: undefined }, 'p95=100ms');
  assert.ok(atQuantile > 18 && atQuantile < 30, `${atQuantile}`);
});

test('unknown errors are ignored unless a limit is asked for', () => {
  const unknown = evidenceOf({ workers: 4, mean: 40, phases: sweep(12) });
  const cells = new Map([...unknown.cells].map(([i, cell]) => [i, { ...cell, completed: 0, errors: 0 }]));
  const pods = new Map([['web-1', { ...unknown, cells }]]);
  assert.equal(recommendationOf(pods, { objectives: undefined, headroom: 0.3 }).verdict.kind, 'found');
  const { verdict } = recommendationOf(pods, { objectives: parseObjectives('errors=1%'), headroom: 0.3 });
  assert.equal(verdict.kind === 'refused' && verdict.reason, 'unknown_measure');
});

test('pods with different capacities are refused, equal ones are not', () => {
  const small = { workers: 4, mean: 40, phases: sweep(12) };
  const large = { workers: 16, mean: 40, phases: sweep(40) };
  const { refused, basis, mixed } = recommend({ a: small, b: large });
  assert.equal(refused, 'mixed_pods');
  assertNear(basis, 6);
  assert.deepEqual([mixed?.smallest.pod, mixed?.largest.pod], ['a', 'b']);
  assertNear(recommend({ a: small, b: { ...small, seed: 2 } }).found, 6);
});

test('equal pods are rarely mistaken for different ones if their limits vary by chance', () => {
  const phases = [0.2, 0.4, 0.6, 0.8, 0.9].map((share) => ({ rate: share * 10, seconds: 60 }));
  const pod = (seed: number) => ({ workers: 1, mean: 100, isRandom: true, phases, seed });
  const groups = Array.from({ length: 40 }, (_, group) => {
    return Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`web-${i}`, pod(10 * group + i)]));
  });
  const mistaken = groups.filter((pods) => recommend(pods).refused === 'mixed_pods');
  assert.ok(mistaken.length <= 1, `${mistaken.length} of 40`);
});

test('requests that take longer than a flush do not make a pod look larger', () => {
  // While the load grows, those that end began with fewer in flight.
  const ramp = Array.from({ length: 24 }, (_, i) => ({ clients: i + 1, seconds: 5 }));
  const phases = Array.from({ length: 24 }, () => ramp).flat();
  assertNear(recommend({ workers: 8, mean: 4_000, phases }).found, 12);
});

test('requests in flight that never end are noticed', () => {
  const evidence = evidenceOf({ workers: 4, mean: 40, phases: sweep(12) });
  const withSockets = [...evidence.cells].map(([i, cell]) => [i, { ...cell, area: 2 * cell.area }] as const);
  const pods = new Map([['web-1', { ...evidence, cells: new Map(withSockets) }]]);
  const { explained = 0 } = recommendationOf(pods, { objectives: undefined, headroom: 0.3 });
  assertNear(explained, 0.5);
  assertNear(recommend({ workers: 4, mean: 40, phases: sweep(12) }).explained, 1);
});
