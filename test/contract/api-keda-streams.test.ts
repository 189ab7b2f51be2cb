import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '@activescale/devkit';
import { type Bench, metricsOf, startStandalone } from './api.ts';
import { demandRecord, gateway } from './demand-records.ts';
import { type KedaClient, kedaClient, type Metadata, received } from './keda-client.ts';

const DEMAND = { metric: 'demand_requests', target: '10', service: 'web' };
const QUIET = { active: 0, slots: [{}] };

async function start(env: Readonly<Record<string, string>> = {}) {
  const bench = await startStandalone({ KEDA_PORT: '0', ...env });
  const keda = kedaClient(bench.api.kedaPort);
  const put = (service: string, fields: object, namespace = 'shop') =>
    bench.put({ ...demandRecord('service', service, gateway('gw-1'), fields), namespace });
  return {
    bench,
    keda,
    put,
    async [Symbol.asyncDispose]() {
      keda[Symbol.dispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

async function streamsOf(bench: Bench, method: string): Promise<number> {
  const pattern = new RegExp(`^activescale_api_keda_streams\\{method="${method}"\\} (\\d+)$`, 'm');
  return Number(pattern.exec(await metricsOf(bench.api))?.[1] ?? 0);
}

test('a stream first has the state of its trigger, then each change, soon after a rejected request', async () => {
  await using bench = await start();
  const { keda, put } = bench;
  await put('web', QUIET);
  await put('web', { active: 5, slots: [{}] }, 'other');
  const metadata: Metadata = { ...DEMAND, metric: 'demand_active_requests' };
  const [stream, ofOther] = [keda.streamIsActive(metadata), keda.streamIsActive(metadata, 'other')];
  assert.deepEqual((await received(stream, 'the first state')).message, { result: false });
  assert.deepEqual((await received(ofOther, 'that of another namespace')).message, { result: true });
  const before = performance.now();
  await put('web', { active: 0, slots: [{ reset: 1 }] });
  const { at } = await received(stream, 'activity', ({ result }) => result);
  assert.ok(at - before < 2_000, `${Math.round(at - before)} ms`);
  await put('web', QUIET);
  await until(() => stream.messages.length === 3, { what: 'the end of activity' });
  assert.deepEqual(stream.messages[2]?.message, { result: false });
  assert.equal(ofOther.messages.length, 1);
});

test('a stream stays open while its activity is unknown, which is counted', async () => {
  await using bench = await start();
  const { keda, put } = bench;
  const stream = keda.streamIsActive(DEMAND);
  const errors = async (code: string) =>
    (await metricsOf(bench.bench.api)).includes(`activescale_api_keda_stream_errors_total{code="${code}"}`);
  await until(() => errors('FAILED_PRECONDITION'), { what: 'an unknown value to be counted' });
  bench.bench.valkey.kill('SIGSTOP');
  await until(() => errors('UNAVAILABLE'), { what: 'the failure of Valkey to be counted', deadline: 15_000 });
  bench.bench.valkey.kill('SIGCONT');
  await until(async () => put('web', { active: 3, slots: [{}] }).then(Boolean, () => false), {
    what: 'Valkey to take records again',
  });
  await received(stream, 'activity', ({ result }) => result);
  assert.equal(stream.ended, undefined);
});

test('invalid metadata gets no stream', async () => {
  await using bench = await start();
  const streams = [bench.keda.streamIsActive({}), bench.keda.streamSpecs({ ...DEMAND, x: '' })];
  await until(() => streams.every(({ ended }) => ended !== undefined), { what: 'the ends' });
  assert.deepEqual(
    streams.map(({ ended }) => ended?.code),
    ['INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
  );
  assert.match(streams[1]?.ended?.details ?? '', /^unknown key "x"; expected /);
});

test('streams are limited, and one that its client cancels makes room', async () => {
  await using bench = await start({ KEDA_MAX_STREAMS: '2' });
  const { keda } = bench;
  const [first, second] = [keda.streamIsActive(DEMAND), keda.streamSpecs(DEMAND)];
  await received(second, 'the specs');
  const third = keda.streamSpecs(DEMAND);
  await until(() => third.ended !== undefined, { what: 'the end' });
  assert.deepEqual(third.ended, {
    code: 'RESOURCE_EXHAUSTED',
    details: '2 streams are open already (KEDA_MAX_STREAMS)',
  });
  assert.equal(await streamsOf(bench.bench, 'StreamIsActive'), 1);
  first.cancel();
  await until(async () => (await streamsOf(bench.bench, 'StreamIsActive')) === 0, { what: 'room' });
  const fourth = keda.streamSpecs(DEMAND);
  await received(fourth, 'the specs');
  const text = await metricsOf(bench.bench.api);
  const requests = (code: string) =>
    text.includes(`activescale_api_keda_requests_total{method="StreamIsActive",code="${code}"} 1`);
  assert.ok(requests('CANCELLED'));
});

/** Between a client and api: all bytes pass it, until it breaks its connections off or freezes them. */
async function startRelay(t: TestContext, to: number) {
  const sockets: Socket[] = [];
  const relay = createServer((socket) => {
    const onward = connect(to, '127.0.0.1');
    for (const each of [socket, onward]) each.on('error', () => {});
    sockets.push(socket, onward);
    socket.pipe(onward).pipe(socket);
  });
  const breakOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  const freeze = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  t.after(() => {
    breakOff();
    relay.close();
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  return { port: (relay.address() as AddressInfo).port, breakOff, freeze };
}

for (const [how, deadline] of [
  ['breakOff', 10_000],
  ['freeze', 60_000],
] as const)
  test(`a client that is gone leaves no stream: ${how}`, { timeout: 90_000 }, async (t) => {
    await using bench = await start();
    const relay = await startRelay(t, bench.bench.api.kedaPort);
    using gone: KedaClient = kedaClient(relay.port);
    gone.streamIsActive(DEMAND);
    await received(gone.streamSpecs(DEMAND), 'the specs');
    assert.equal(await streamsOf(bench.bench, 'StreamIsActive'), 1);
    relay[how]();
    const what = 'its end';
    await until(async () => (await streamsOf(bench.bench, 'StreamIsActive')) === 0, { what, deadline });
    assert.equal(await streamsOf(bench.bench, 'StreamMetricSpec'), 0);
  });

test('a target of METRICS_FILE reaches the streams when the file changes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keda-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'metrics.yaml');
  const write = (target: string) =>
    writeFile(file, `metrics: [{ name: wake, signal: demand_active_requests, function: held${target} }]`);
  await write(', target: 10');
  await using bench = await start({ METRICS_FILE: file });
  const { keda } = bench;
  const metadata = { metric: 'wake', service: 'web' };
  const [stream, own] = [keda.streamSpecs(metadata), keda.streamSpecs({ ...metadata, target: '3' })];
  const targets = (of: typeof stream) =>
    of.messages.map(({ message }) => message.metricSpecs.map(({ targetSizeFloat }) => targetSizeFloat));
  await received(own, 'the specs');
  await received(stream, 'the specs');
  await write(', target: 2500m');
  await until(() => stream.messages.length === 2, { what: 'the new target' });
  assert.deepEqual(targets(stream), [[10], [2.5]]);
  const specs = await keda.specs(metadata);
  assert.deepEqual(specs, [{ metricName: 'wake', targetSize: 3, targetSizeFloat: 2.5 }]);
  await write('');
  await until(async () => typeof (await keda.specs(metadata)) === 'string', { what: 'the file to be read' });
  assert.match(String(await keda.specs(metadata)), /^INVALID_ARGUMENT: target is missing/);
  assert.deepEqual([targets(stream).length, stream.ended], [2, undefined]);
  assert.deepEqual(targets(own), [[3]]);
});

test('when api stops, it ends the streams with OK', async () => {
  await using bench = await start();
  const streams = [bench.keda.streamIsActive(DEMAND), bench.keda.streamSpecs(DEMAND)];
  await received(streams[1] as ReturnType<KedaClient['streamSpecs']>, 'the specs');
  bench.bench.api.kill('SIGTERM');
  assert.equal(await bench.bench.api.exited, 0);
  await until(() => streams.every(({ ended }) => ended !== undefined), { what: 'the ends' });
  assert.deepEqual(
    streams.map(({ ended }) => ended?.code),
    ['OK', 'OK'],
  );
});
