import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Bench, startStandalone } from '../contract/api.ts';
import { demandRecord, gateway } from '../contract/demand-records.ts';
import { type KedaClient, kedaClient, received } from '../contract/keda-client.ts';
import { cpuOf, memoryOf } from './lib/cpu.ts';
import { conditions, publish } from './lib/report.ts';
import { percentile } from './lib/statistics.ts';
import { table } from './lib/table.ts';

// What KEDA's streams cost api, and how soon a rejected request activates a trigger.
//   npm run bench:keda [-- --write] [-- --streams 500 --seconds 20]

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
});
const [streams, seconds] = [Number(values.streams), Number(values.seconds)];

/** A gateway's flush. */
const FLUSH_MS = 1_000;
/** Rejected requests, each of another destination. */
const PER_SECOND = 10;
const WARM_MS = 3_000;
const GATEWAY = gateway('gateway-1');

interface Load {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Namespaces over which the triggers are spread; 0: there are none. */
  readonly namespaces: number;
  readonly metric?: string;
}

const KEDA = { KEDA_PORT: '0' };
const RATE = 'demand_requests_per_second';
const LOADS: readonly Load[] = [
  { name: 'KEDA_PORT=off', env: {}, namespaces: 0 },
  { name: 'no stream', env: KEDA, namespaces: 0 },
  { name: 'demand_requests, 1 namespace', env: KEDA, namespaces: 1 },
  { name: 'demand_requests, 50 namespaces', env: KEDA, namespaces: 50 },
  { name: 'demand_requests, each its own', env: KEDA, namespaces: streams },
  { name: `${RATE}, 50 namespaces`, env: KEDA, namespaces: 50, metric: RATE },
];

interface Trigger {
  readonly namespace: string;
  readonly service: string;
}

/** The record of a destination without requests, or one of which was rejected. */
function recordOf({ namespace, service }: Trigger, isRejected: boolean) {
  const slots = [{ reset: Number(isRejected) }, ...Array.from({ length: 11 }, () => ({ length: 9_000 }))];
  return { ...demandRecord('service', service, GATEWAY, { active: 0, slots }), namespace };
}

async function measure({ env, namespaces, metric = 'demand_requests' }: Load) {
  await using bench = await startStandalone(env);
  const triggers = Array.from({ length: namespaces === 0 ? 0 : streams }, (_, i) => ({
    namespace: `n${i % namespaces}`,
    service: `web-${i}`,
  }));
  if (triggers.length > 0) await bench.put(...triggers.map((trigger) => recordOf(trigger, false)));
  using keda = namespaces === 0 ? undefined : kedaClient(bench.api.kedaPort);
  const open = keda && triggers.map((trigger) => openStream(keda, trigger, metric));
  await Promise.all(open?.map(({ stream }) => received(stream, 'its state')) ?? []);
  await sleep(WARM_MS);
  const [begun, api, valkey] = [performance.now(), cpuOf(bench.api.pid), cpuOf(bench.valkey.pid)];
  const took = await activate(bench, open ?? []);
  const share = (ms: number) => (100 * ms) / (performance.now() - begun);
  return {
    api: share(cpuOf(bench.api.pid) - api),
    valkey: share(cpuOf(bench.valkey.pid) - valkey),
    memory: memoryOf(bench.api.pid),
    took,
  };
}

function openStream(keda: KedaClient, trigger: Trigger, metric: string) {
  const metadata = { metric, target: '1', service: trigger.service };
  keda.streamSpecs(metadata, trigger.namespace);
  return { trigger, stream: keda.streamIsActive(metadata, trigger.namespace) };
}

type Open = ReturnType<typeof openStream>;

/** The times in ms from rejected requests at random times to the activity of their triggers, also without the wait for a flush. */
async function activate(bench: Bench, open: readonly Open[]): Promise<readonly Took[]> {
  const count = Math.min(seconds * PER_SECOND, open.length);
  const rejections = open.slice(0, count).map(async (each, i): Promise<Took> => {
    await sleep((i * 1_000) / PER_SECOND);
    const rejected = performance.now();
    await sleep(Math.random() * FLUSH_MS);
    const flushed = performance.now();
    await bench.put(recordOf(each.trigger, true));
    const { at } = await received(each.stream, 'its activity', ({ result }) => result);
    return { fromRequest: at - rejected, fromFlush: at - flushed };
  });
  await sleep(seconds * 1_000);
  return Promise.all(rejections);
}

interface Took {
  readonly fromRequest: number;
  readonly fromFlush: number;
}

const rows: string[][] = [];
for (const load of LOADS) {
  const { api, valkey, memory, took } = await measure(load);
  const figures = [api.toFixed(1), valkey.toFixed(1), memory.toFixed(0)];
  const latencies = (pick: (took: Took) => number) => {
    const of = (q: number) => percentile(took.map(pick), q).toFixed(0);
    return took.length === 0 ? ['', ''] : [of(0.5), of(0.99)];
  };
  const times = [...latencies(({ fromFlush }) => fromFlush), ...latencies(({ fromRequest }) => fromRequest)];
  rows.push([load.name, ...figures, ...times]);
}

const head = [
  'triggers',
  'api, % of a core',
  'Valkey, %',
  'api, MiB',
  'flush to true, ms p50',
  'p99',
  'request to true, ms p50',
  'p99',
];
publish(
  'bench:keda',
  `${streams} triggers with two streams each, one gateway with a flush of ${FLUSH_MS / 1_000} s, ${PER_SECOND} activations a second for ${seconds} s.\n${conditions()}\n\n${table(head, rows)}`,
);
