import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Served, startEnvoy } from '@activescale/devkit';
import { startStack } from '../stack.ts';
import { holdAgainstLogs } from './bounds.ts';
import type { Report as ApplicationReport } from './fast/application.ts';
import type { ClientsData, Report as ClientsReport } from './fast/clients.ts';
import { truthOf } from './log.ts';
import { observe, readStore } from './served.ts';

const namespace = 'shop';
const PER_SECOND = 5_000;
/** ms; the clock of the application adds a tick to it. */
const DELAY = 0.5;

/** Longer than a window of 10 s, at either flush. */
const RUN_MS = 22_000;

for (const flush of ['1s', '5s']) {
  test(`5,000 requests of 0.5 ms a second, at a flush of ${flush}`, async (t) => {
    await using stack = await startStack();
    await using store = await readStore(stack);
    const name = 'web-0';
    await using application = startThread('application', { delay: DELAY });
    const { port } = (await reportOf<ApplicationReport>(application)) as { port: number };
    await using envoy = await startEnvoy({
      pod: name,
      namespace,
      sinkPort: stack.ingest.grpcPort,
      upstreamPort: port,
      flush,
    });
    await using clients = startThread('clients', {
      port: envoy.port,
      perSecond: PER_SECOND,
    } satisfies ClientsData);
    await sleep(RUN_MS);
    const observation = (await observe(stack, store, namespace, [name])).get(name);
    assert.ok(observation);
    clients.postMessage('log');
    const seen = await reportOf<ClientsReport>(clients);
    application.postMessage('log');
    const { log } = (await reportOf<ApplicationReport>(application)) as { log: ClientsReport };

    const logs = { application: served(log), clients: served(seen) };
    const { from, to, values } = observation;
    const [inside, outside] = [truthOf(logs.application, from, to), truthOf(logs.clients, from, to)];
    t.diagnostic(
      JSON.stringify({ ...values, inside: inside.inFlight, outside: outside.inFlight, of: inside.duration }),
    );
    holdAgainstLogs({ name: 'fast', inFlight: 0.5 }, observation, logs);
  });
}

function startThread(name: string, workerData: object): Worker {
  return new Worker(new URL(`./fast/${name}.ts`, import.meta.url), { workerData });
}

async function reportOf<T>(thread: Worker): Promise<T> {
  const [message] = (await once(thread, 'message', { signal: AbortSignal.timeout(30_000) })) as [T];
  return message;
}

function served(log: readonly (readonly [number, number])[]): Served[] {
  return log.map(([start, end]) => ({ path: '/', start, end }));
}
