import assert from 'node:assert/strict';
import test from 'node:test';
import {
  freePort,
  holdOpen,
  startApi,
  startFaultProxy,
  startIngest,
  startValkey,
  until,
} from '@activescale/devkit';
import { metric, probe, residentMegabytes } from './admin.ts';
import { openStreams } from './client.ts';
import { flushOf } from './messages.ts';
import { createQuery } from './query.ts';
import { type Stack, startPod, startStack } from './stack.ts';
import { answersWithin } from './watch.ts';

const namespace = 'shop';
const OUTAGE_MS = 30_000;
/** Streams beside those of the two Envoys. */
const STREAMS = 300;

/** What both services owe to the world while Valkey is down. */
async function assertCarriesOn(
  { ingest, api, query }: Stack,
  { streams, pods }: { streams: number; pods: number },
): Promise<void> {
  assert.equal(await metric(ingest, 'activescale_ingest_streams'), streams);
  const waiting = await metric(ingest, 'activescale_ingest_pods_waiting');
  assert.ok(waiting <= pods, `${waiting} samples wait for ${pods} pods`);
  for (const service of [ingest, api]) {
    const { status, body } = await probe(service, '/readyz');
    assert.equal(status, 200);
    assert.match(body, /store warning: Valkey is down/);
  }

  const asked = performance.now();
  const refused = await query.ask(namespace, '*');
  const took = performance.now() - asked;
  assert.equal(refused.status, 503);
  assert.equal(JSON.parse(refused.body).reason, 'ServiceUnavailable');
  assert.equal(refused.headers['retry-after'], undefined);
  assert.ok(took < 1_000, `refused after ${took} ms`);
  assert.equal((await query.get('/apis/custom.metrics.k8s.io/v1beta2')).status, 200);
}

/** A service's lines about Valkey, and any others above info but those that every outage brings. */
function logged({ logs }: { logs(): string }): string[] {
  return logs()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: string; msg: string; status?: number })
    .filter(({ level, msg }) => level !== 'info' || msg.startsWith('Valkey'))
    .filter(
      ({ msg, status }) => !msg.startsWith('no TLS_CERT_FILE') && !(msg === 'request' && status === 503),
    )
    .map(({ msg }) => /^Valkey is (up|down)/.exec(msg)?.[1] ?? msg);
}

/** A line may arrive a little after its event. */
const assertLogged = ({ ingest, api }: Stack, states: readonly string[]) =>
  until(
    () => {
      for (const service of [ingest, api]) assert.deepEqual(logged(service), states);
      return true;
    },
    { what: `both services to have logged ${states}` },
  );

const noticed = ({ ingest, api }: Stack) =>
  until(
    async () => {
      const bodies = await Promise.all([ingest, api].map((service) => probe(service, '/readyz')));
      return bodies.every(({ body }) => body.includes('store warning'));
    },
    { what: 'both services to notice that Valkey is down' },
  );

test('Valkey away for 30 s: streams stay, memory is bounded, and all is right within a flush of its return', {
  timeout: 120_000,
}, async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack({ both: { METRIC_TTL: '2s' } }));
  const { valkey, ingest, api, query } = stack;
  const others = openStreams(ingest.grpcPort, STREAMS);
  for (const stream of others) running.use(stream);
  let flush = 0;
  const pushOthers = () => {
    flush++;
    for (const [index, stream] of others.entries()) {
      stream.push(flushOf({ namespace: 'others', pod: `other-${index}`, active: flush, flush }));
    }
  };
  const sink = { namespace, sinkPort: ingest.grpcPort, flush: '1s' };
  const { envoy } = running.use(await startPod({ pod: 'web-stays', ...sink }));
  const dying = running.use(await startPod({ pod: 'web-dies', ...sink }));
  running.use(holdOpen({ port: envoy.port, count: 3 }));
  running.use(holdOpen({ port: dying.envoy.port, count: 2 }));
  const values = async () => (await query.ask(namespace, '*')).values;
  const before = async () => {
    assert.deepEqual(await values(), { 'web-stays': '3', 'web-dies': '2' });
    return true;
  };
  pushOthers();
  await until(before, { what: 'the answers before the outage' });

  await valkey.stop();
  const stopped = performance.now();
  await noticed(stack);
  const memory = await residentMegabytes(ingest);
  const bothWait = async () => (await metric(ingest, 'activescale_ingest_pods_waiting')) === 2;
  await until(bothWait, { what: "both Envoys' flushes to wait for Valkey" });
  dying.envoy.kill('SIGKILL');
  const streams = STREAMS + 1;
  const ended = async () => (await metric(ingest, 'activescale_ingest_streams')) === streams;
  await until(ended, { what: "the dead Envoy's stream to end" });
  running.use(holdOpen({ port: envoy.port, count: 2 }));
  for (let due = performance.now(); performance.now() - stopped < OUTAGE_MS; ) {
    await assertCarriesOn(stack, { streams, pods: STREAMS + 2 });
    if (performance.now() < due) continue;
    due = performance.now() + 100;
    pushOthers();
  }
  const grown = (await residentMegabytes(ingest)) - memory;
  // What waits is bounded by the number of pods, as asserted all along; this is what V8 takes for garbage.
  t.diagnostic(
    `${flush} flushes of ${STREAMS} pods during the outage; memory grew by ${Math.round(grown)} MB`,
  );
  assert.ok(grown < 300, `memory grew by ${grown} MB`);
  pushOthers();

  await valkey.restart();
  const back = performance.now();
  const upAgain = () => [ingest, api].every((service) => logged(service).length >= 3);
  await until(upAgain, { what: 'both services to notice that Valkey is back' });
  const up = performance.now();
  await until(async () => (await values())['web-stays'] === '5', { what: 'the answer of now', every: 5 });
  const right = performance.now();
  const [noticing, answering] = [up - back, right - up].map(Math.round);
  t.diagnostic(`back, noticed after ${noticing} ms, right ${answering} ms later`);
  assert.ok(right - up < 1_500, `right ${answering} ms after Valkey was back`);
  const newest = async () => {
    const found = Object.values((await query.ask('others', '*')).values);
    return found.length === STREAMS && found.every((value) => value === String(flush));
  };
  await until(newest, { what: 'the newest flush of every other stream' });

  const seen = await answersWithin(3_000, async () => Object.keys(await values()).join());
  assert.deepEqual([...seen.keys()], ['web-stays'], 'a dead pod came back');
  assert.equal((await query.ask(namespace, 'web-dies')).status, 404);
  await assertLogged(stack, ['up', 'down', 'up']);
});

test('Valkey down at the start: the services run, and values are right once it is there', {
  timeout: 60_000,
}, async () => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack({ valkeyDown: true }));
  const { valkey, ingest, query } = stack;
  const pod = 'web-0';
  const sink = { pod, namespace, sinkPort: ingest.grpcPort, flush: '0.5s' };
  const { envoy } = running.use(await startPod(sink));
  running.use(holdOpen({ port: envoy.port, count: 3 }));
  const waits = async () => (await metric(ingest, 'activescale_ingest_pods_waiting')) === 1;
  await until(waits, { what: 'a sample to wait' });
  await noticed(stack);
  await assertCarriesOn(stack, { streams: 1, pods: 1 });

  await valkey.restart();
  const right = async () => (await query.ask(namespace, pod)).values[pod] === '3';
  await until(right, { what: 'the answer 3' });
  await assertLogged(stack, ['down', 'up']);
});

test('the services listen once they have reached a slow Valkey, so the first query is answered', {
  timeout: 60_000,
}, async () => {
  await using running = new AsyncDisposableStack();
  const valkey = running.use(await startValkey());
  const slow = running.use(await startFaultProxy(valkey.port));
  slow.delay(100);
  const settings = { VALKEY_ADDR: `127.0.0.1:${slow.port}` };
  const ingest = running.use(await startIngest(settings));
  assert.equal(await metric(ingest, 'activescale_ingest_valkey_up'), 1);
  const api = running.use(await startApi({ ...settings, STANDALONE: 'true' }));
  const query = running.use(createQuery(api.securePort));
  assert.equal((await query.ask(namespace, '*')).status, 200);
});

test('while api waits for a Valkey that does not answer, it is not ready, and then listens without it', {
  timeout: 60_000,
}, async () => {
  await using running = new AsyncDisposableStack();
  const valkey = running.use(await startValkey());
  const silent = running.use(await startFaultProxy(valkey.port));
  silent.stall();
  const adminPort = await freePort();
  const starting = startApi({
    ADMIN_PORT: String(adminPort),
    VALKEY_ADDR: `127.0.0.1:${silent.port}`,
    STANDALONE: 'true',
  });
  running.defer(async () => (await starting)[Symbol.asyncDispose]());
  const ready = () => fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
  const unready = async () => (await (await ready())?.text())?.includes('[-]listening');
  await until(unready, { what: 'readyz to say that it does not listen yet', every: 5 });
  const api = await starting;
  assert.equal((await ready())?.status, 200);
  const query = running.use(createQuery(api.securePort));
  assert.equal((await query.ask(namespace, '*')).status, 503);
});

test('a Valkey that is frozen is away, and is back when it goes on', { timeout: 60_000 }, async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valkey, ingest, query } = stack;
  running.defer(() => valkey.kill('SIGCONT')); // it could not be stopped otherwise
  const pod = 'web-0';
  const sink = { pod, namespace, sinkPort: ingest.grpcPort, flush: '0.5s' };
  const { envoy } = running.use(await startPod(sink));
  running.use(holdOpen({ port: envoy.port, count: 3 }));
  const value = async () => (await query.ask(namespace, pod)).values[pod];
  await until(async () => (await value()) === '3', { what: 'the answer 3' });

  valkey.kill('SIGSTOP');
  const asked = performance.now();
  assert.equal((await query.ask(namespace, pod)).status, 503);
  const took = performance.now() - asked;
  assert.ok(took < 1_000, `refused after ${took} ms`);
  await noticed(stack);
  await assertCarriesOn(stack, { streams: 1, pods: 1 });
  running.use(holdOpen({ port: envoy.port, count: 4 }));

  valkey.kill('SIGCONT');
  const thawed = performance.now();
  await until(async () => (await value()) === '7', { what: 'the answer 7', every: 5 });
  t.diagnostic(`right ${Math.round(performance.now() - thawed)} ms after it went on`);
  await assertLogged(stack, ['up', 'down', 'up']);
});
