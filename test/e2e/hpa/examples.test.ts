import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployment, namespace, startIngest, until } from '@activescale/devkit';
import { startInCluster } from '../../contract/api-cluster.ts';
import type { ForgedLoad } from '../forged-pod.ts';
import { startFleets } from './forged-fleets.ts';

// Each file of deploy/examples, as it is, on a Deployment in its own namespace. All run at the same time. Those that need
// another Kubernetes or KEDA are run by test/zero and test/keda.

const EXAMPLES = join(import.meta.dirname, '../../../deploy/examples');
const ELSEWHERE = ['demand', 'keda-demand', 'keda-load'];
const ARTIFACTS = join(import.meta.dirname, '../../../artifacts');

/** Seconds since the loads began. */
let clock = () => 0;

/** So many in flight in all, each for 100 ms. */
const inFlight =
  (total: number) =>
  (pods: number): ForgedLoad => {
    const active = total / pods;
    return { perSecond: Math.round(active * 10), duration: 0.1, active: Math.round(active) };
  };
const rate =
  (total: number) =>
  (pods: number): ForgedLoad => ({
    perSecond: Math.round(total / pods),
    duration: 0.02,
  });
/** 40 requests a second, which take as long as their pods have to share. */
const shared =
  (seconds: number) =>
  (pods: number): ForgedLoad => ({
    perSecond: Math.round(40 / pods),
    duration: seconds / pods,
  });
const from =
  (second: number, before: Load, after: Load): Load =>
  (pods) =>
    (clock() < second ? before : after)(pods);

type Load = (pods: number) => ForgedLoad;

interface Case {
  readonly deployment?: string;
  readonly load: Load;
  /** What the comment of the file promises. */
  readonly promise: string;
  readonly grows: number;
  /** Where it stays, from and to: the HPA leaves alone what is within a tenth of its target. */
  readonly settles?: readonly [number, number];
}

/** Seconds until the loads change, and until windows and stabilization have forgotten that they did. */
const STEP = 15;
const SETTLED = 75;

const CASES: Readonly<Record<string, Case>> = {
  'active-requests': {
    load: from(STEP, inFlight(14), from(60, inFlight(60), inFlight(14))),
    promise: 'a pod for each ten requests in flight',
    grows: 6,
    settles: [2, 2],
  },
  'max-per-replica': {
    // Three seconds of twenty: the last gauge is seldom among them.
    load: from(STEP, inFlight(4), (pods) => inFlight(clock() % 20 < 3 ? 60 : 4)(pods)),
    promise: 'room for bursts between which the HPA could look',
    grows: 6,
    settles: [6, 7],
  },
  'requests-per-second': {
    load: from(STEP, rate(100), rate(300)),
    promise: 'a pod for each fifty requests a second',
    grows: 6,
    settles: [6, 7],
  },
  'mean-duration': {
    load: from(STEP, rate(40), shared(0.98)),
    promise: 'more pods until requests take a quarter of a second',
    grows: 4,
    settles: [4, 4],
  },
  'p95-duration': {
    load: from(STEP, rate(40), shared(1.56)),
    promise: 'more pods until 95 of 100 requests take under 0.4 s',
    grows: 4,
    settles: [4, 4],
  },
  'stable-and-burst': {
    load: from(STEP, inFlight(12), from(STEP + 12, inFlight(42), inFlight(12))),
    promise: 'a burst of twelve seconds is followed, and the calm minute after it',
    grows: 6,
    settles: [2, 2],
  },
  gateway: {
    deployment: 'istio-ingressgateway',
    load: from(STEP, inFlight(200), inFlight(1_000)),
    promise: 'a pod for each hundred requests in flight',
    grows: 10,
  },
};

test('each example, applied as it is, scales as its comment says', { timeout: 480_000 }, async (t) => {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));
  const names = files.map((file) => file.replace('.yaml', ''));
  assert.deepEqual(names.sort(), [...Object.keys(CASES), ...ELSEWHERE].sort());
  await using bench = await startInCluster();
  const { plane, valkey } = bench;
  await using ingest = await startIngest({ VALKEY_ADDR: valkey.addr });
  for (const [name, { deployment: of = 'web' }] of Object.entries(CASES)) {
    await plane.admin.apply(namespace(name));
    await plane.admin.apply(deployment(of, name, 2));
  }
  const specs = Object.entries(CASES).map(([name, { load }]) => ({
    namespace: name,
    type: name === 'gateway' ? ('router' as const) : ('sidecar' as const),
    load: (pods: number) => load(Math.max(1, pods)),
  }));
  await using fleets = startFleets(plane, ingest.grpcPort, specs);
  const wanted = (name: string) => fleets.replicas.get(name) ?? [];
  try {
    for (const name of Object.keys(CASES)) {
      await plane.kubectl('apply', '--namespace', name, '--filename', join(EXAMPLES, `${name}.yaml`));
    }
    const begun = performance.now();
    clock = () => (performance.now() - begun) / 1_000;
    await until(() => clock() > STEP, { what: 'the step of the loads', deadline: 30_000 });
    for (const name of Object.keys(CASES)) assert.deepEqual([...new Set(wanted(name))], [2], name);

    for (const [name, { promise, grows, settles }] of Object.entries(CASES)) {
      await t.test(`${name}: ${promise}`, async () => {
        const options = { deadline: 120_000, every: 500 };
        const grown = () => Math.max(...wanted(name)) >= grows;
        await until(grown, { what: `${name} to want ${grows} replicas`, ...options });
        if (settles === undefined) return;
        const [least, most] = settles;
        const settled = () =>
          clock() > SETTLED &&
          wanted(name)
            .slice(-5)
            .every((count) => count >= least && count <= most);
        const what = `${name} to stay at ${least} to ${most} replicas`;
        await until(settled, { what, ...options, deadline: 240_000 });
      });
    }
  } finally {
    const lines = Object.keys(CASES).map((name) => `${name}: ${wanted(name).join(' ')}\n`);
    await mkdir(ARTIFACTS, { recursive: true });
    await writeFile(join(ARTIFACTS, 'hpa-examples.log'), lines.join(''));
  }
});
