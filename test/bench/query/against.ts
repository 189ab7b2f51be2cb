import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startStandalone, V1BETA2 } from '../../contract/api.ts';
import { cpuOf } from '../lib/cpu.ts';
import { podName } from './pods.ts';

const PODS = 1_500;
const QUERIES = 500;
/** The pods are written again after this many queries: on a busy machine they would expire before the last. */
const QUERIES_PER_WRITE = 50;
const ROUNDS = 4;

type Bench = Awaited<ReturnType<typeof startStandalone>>;

/** CPU of api for the last value of 1,500 pods, and that of the api of the checkout in `folder`, turn by turn. */
export async function queryAgainst(folder: string): Promise<string> {
  const module = pathToFileURL(join(folder, 'test/contract/api.ts')).href;
  const other = (await import(module)) as { startStandalone: typeof startStandalone };
  await using ours = await startStandalone();
  await using theirs = await other.startStandalone();
  const spent = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    spent.theirs = Math.min(spent.theirs, await cpuOfQueries(theirs));
    spent.ours = Math.min(spent.ours, await cpuOfQueries(ours));
  }
  const [before, now] = [spent.theirs, spent.ours].map((ms) => (ms / QUERIES).toFixed(2));
  const ratio = (spent.ours / spent.theirs).toFixed(2);
  return `CPU of api for active_requests of 1,500 pods, the least of ${ROUNDS} turns: the other ${before} ms, this one ${now} ms: ${ratio}x.`;
}

/**
 * In ms, for all queries. Over HTTP/1.1: api reads the HTTP/2 connections of strangers in turn, but not that of kube-apiserver,
 * which the HPA's queries come over.
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
