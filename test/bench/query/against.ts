import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startStandalone, V1BETA2 } from '../../contract/api.ts';
import { cpuOf } from '../lib/cpu.ts';
import { median } from '../lib/statistics.ts';
import { podName } from './pods.ts';

const PODS = 1_500;
const QUERIES = 500;
/** The pods are written again after this many queries: on a busy machine they would expire before the last. */
const QUERIES_PER_WRITE = 50;
const ROUNDS = 4;
/** Of two fresh processes: the place of a process in memory changes its CPU by up to 5 %. */
const PAIRS = 5;

type Bench = Awaited<ReturnType<typeof startStandalone>>;

/** CPU of api for the last value of 1,500 pods, and that of the api of the checkout in `folder`, turn by turn. */
export async function queryAgainst(folder: string): Promise<string> {
  const module = pathToFileURL(join(folder, 'test/contract/api.ts')).href;
  const other = (await import(module)) as { startStandalone: typeof startStandalone };
  const pairs: { ours: number; theirs: number; ratio: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const isFirst = pair % 2 === 0;
    await using first = await (isFirst ? startStandalone : other.startStandalone)();
    await using second = await (isFirst ? other.startStandalone : startStandalone)();
    const least = await leastOfBoth(first, second);
    const [ours, theirs] = isFirst ? [least.first, least.second] : [least.second, least.first];
    pairs.push({ ours, theirs, ratio: ours / theirs });
  }
  const ms = (values: number[]) => (median(values) / QUERIES).toFixed(2);
  const [before, now] = [ms(pairs.map(({ theirs }) => theirs)), ms(pairs.map(({ ours }) => ours))];
  const ratios = pairs.map(({ ratio }) => ratio);
  const [least, middle, most] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((ratio) =>
    ratio.toFixed(2),
  );
  return (
    'CPU of api for active_requests of 1,500 pods: ' +
    `the other ${before} ms, this one ${now} ms: ${middle}x, the median of ${PAIRS} pairs of processes (${least} to ${most}).`
  );
}

/** In ms. A turn that another program slowed down does not count. */
async function leastOfBoth(first: Bench, second: Bench): Promise<{ first: number; second: number }> {
  const spent = { first: Number.POSITIVE_INFINITY, second: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    spent.first = Math.min(spent.first, await cpuOfQueries(first));
    spent.second = Math.min(spent.second, await cpuOfQueries(second));
  }
  return spent;
}

/**
 * In ms, for all queries. Over HTTP/1.1, as kube-apiserver passes on those of the HPA.
 */
async function cpuOfQueries({ put, api }: Bench): Promise<number> {
  const pods = Array.from({ length: PODS }, (_, i) => ({ name: podName(i), active: i % 50 }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const path = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;
  const before = cpuOf(api.pid);
  for (let i = 0; i < QUERIES; i++) {
    if (i % QUERIES_PER_WRITE === 0) await put(...pods);
    const request = get({ agent, host: '127.0.0.1', port: api.securePort, path });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray()).toString();
    if (!body.includes(podName(PODS - 1))) throw new Error(`an answer is not whole: ${body.slice(0, 300)}`);
  }
  const after = cpuOf(api.pid);
  agent.destroy();
  return after - before;
}
