import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start, startApi, startValkey, until } from '@activescale/devkit';
import { memoryOf } from '../lib/cpu.ts';
import { heapInUse } from './inspector.ts';

const PODS = 50_000;

interface Measured {
  readonly heap: number;
  readonly rss: number;
  readonly syncMs: number;
  readonly stallMs: number;
}

/** What the cache of pods costs in a cluster of 50,000. */
export async function cacheOf50000Pods(): Promise<string> {
  const empty = await measure(0);
  const full = await measure(PODS);
  const each = (full.heap - empty.heap) / PODS;
  return `50,000 pods: ${Math.round(each)} bytes of heap a pod, ${Math.round(full.rss)} MiB resident (${Math.round(empty.rss)} without any); synced ${Math.round(full.syncMs)} ms after its start (${Math.round(empty.syncMs)} without any); longest stall of the event loop ${Math.round(full.stallMs)} ms (${Math.round(empty.stallMs)} without any).`;
}

async function measure(pods: number): Promise<Measured> {
  await using valkey = await startValkey();
  await using cluster = start({
    command: process.execPath,
    args: [join(import.meta.dirname, 'watch-server.ts'), String(pods)],
  });
  const port = await cluster.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined), 'it listened');
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  try {
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, kubeconfigOf(port));
    const began = performance.now();
    await using api = await startApi({
      VALKEY_ADDR: valkey.addr,
      KUBECONFIG: kubeconfig,
      NODE_OPTIONS: '--inspect=127.0.0.1:0',
    });
    const metrics = async () => (await fetch(`http://127.0.0.1:${api.adminPort}/metrics`)).text();
    const synced = async () => (await fetch(`http://127.0.0.1:${api.adminPort}/readyz`)).ok;
    await until(synced, { what: `${pods} pods to be synced`, deadline: 60_000 });
    const syncMs = performance.now() - began;
    const text = await metrics();
    if (!text.includes(`activescale_api_pods ${pods}\n`)) throw new Error('not every pod is there');
    const stallMs = Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1]) * 1000;
    const url = await api.line((line) => /ws:\/\/\S+/.exec(line)?.[0], 'its inspector listened');
    return { heap: await heapInUse(url), rss: memoryOf(api.pid), syncMs, stallMs };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function kubeconfigOf(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}
