import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH } from '@activescale/protocol/grpc-health';
import { Client, type ClientOptions, credentials, status } from '@grpc/grpc-js';
import { answerOf, connectTo, openRaw, setUp } from '../testing/ingest-server.ts';

const SERVICES = ['', 'envoy.service.metrics.v3.MetricsService', 'envoy.service.metrics.v2.MetricsService'];
/** HealthCheckResponses: field 1, the enum. */
const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = ['0801', '0802', '0803'];

/** A HealthCheckRequest: field 1, a string. */
function requestOf(service: string): Buffer {
  return service === ''
    ? Buffer.alloc(0)
    : Buffer.concat([Buffer.of(0x0a, service.length), Buffer.from(service)]);
}

/** The response in hexadecimal digits, or the name of the gRPC status. */
function check(client: Client, request: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    client.makeUnaryRequest<Buffer, Buffer>(
      HEALTH_CHECK_PATH,
      (bytes) => bytes,
      (bytes) => bytes,
      request,
      (error, response) => resolve(error === null ? response?.toString('hex') : status[error.code]),
    );
  });
}

function watch(client: Client, service: string) {
  const seen = new EventEmitter<{ response: [string] }>();
  const responses: string[] = [];
  const call = client.makeServerStreamRequest<Buffer, Buffer>(
    HEALTH_WATCH_PATH,
    (bytes) => bytes,
    (bytes) => bytes,
    requestOf(service),
  );
  call.on('data', (bytes: Buffer) => {
    responses.push(bytes.toString('hex'));
    seen.emit('response', bytes.toString('hex'));
  });
  call.on('error', () => {}); // the status has it
  const ended = new Promise<string | undefined>((resolve) => {
    call.once('status', ({ code }) => resolve(status[code]));
  });
  return { call, responses, next: () => once(seen, 'response').then(([response]) => response), ended };
}

/** A health call without a library. */
function rawCall(session: ReturnType<typeof connectTo>, path: string) {
  const stream = openRaw(session, { ':path': path });
  return { stream, code: answerOf(stream).then(({ code }) => code) };
}

test('Check answers SERVING for the server and for both services, and NOT_FOUND for any other', async () => {
  await using setup = await setUp();
  for (const service of SERVICES)
    assert.equal(await check(setup.client, requestOf(service)), SERVING, service);
  assert.equal(await check(setup.client, requestOf('a.b.C')), 'NOT_FOUND');
  assert.deepEqual(setup.counts.refused, []);
});

test('Watch sends the status at once, and NOT_SERVING before the server goes', async () => {
  await using setup = await setUp();
  const watches = SERVICES.map((service) => watch(setup.client, service));
  assert.deepEqual(await Promise.all(watches.map(({ next }) => next())), [SERVING, SERVING, SERVING]);
  await setup.server.close();
  for (const { responses, ended } of watches) {
    assert.equal(await ended, 'UNAVAILABLE');
    assert.deepEqual(responses, [SERVING, NOT_SERVING]);
  }
});

test('Watch of an unknown service says so and stays open', async () => {
  await using setup = await setUp();
  const { call, next, ended } = watch(setup.client, 'unknown');
  assert.equal(await next(), SERVICE_UNKNOWN);
  assert.equal(await check(setup.client, requestOf('')), SERVING);
  call.cancel();
  assert.equal(await ended, 'CANCELLED');
});

test('while the streams of proxies are answered, Check says NOT_SERVING', async () => {
  await using setup = await setUp();
  setup.open().call.write('flush');
  await once(setup.seen, 'message');
  const closed = setup.server.close();
  assert.equal(await check(setup.client, requestOf('')), NOT_SERVING);
  await closed;
});

test('a compressed request is answered too', async () => {
  await using setup = await setUp();
  const options: ClientOptions = {
    'grpc.default_compression_algorithm': 2,
    'grpc.use_local_subchannel_pool': 1,
  };
  const client = new Client(`127.0.0.1:${setup.server.port}`, credentials.createInsecure(), options);
  assert.equal(await check(client, requestOf(SERVICES[1] ?? '')), SERVING);
  client.close();
});

test('bytes that are no request, or none at all, are an invalid argument', async () => {
  await using setup = await setUp();
  assert.equal(await check(setup.client, Buffer.from('\x0a\x05a')), 'INVALID_ARGUMENT');
  const session = connectTo(setup.server.port);
  for (const path of [HEALTH_CHECK_PATH, HEALTH_WATCH_PATH]) {
    const { stream, code } = rawCall(session, path);
    stream.end();
    assert.equal(await code, 'INVALID_ARGUMENT', path);
  }
  session.destroy();
});

test('a request of more than 4 KiB is refused by its length, before any of it has arrived', async () => {
  await using setup = await setUp();
  const session = connectTo(setup.server.port);
  for (const path of [HEALTH_CHECK_PATH, HEALTH_WATCH_PATH]) {
    const { stream, code } = rawCall(session, path);
    stream.write(Buffer.from([0, 0, 0x10, 0, 1]));
    assert.equal(await code, 'RESOURCE_EXHAUSTED', path);
  }
  session.destroy();
});

test('of too many calls the address with the most loses its newest, so that others can still ask', async () => {
  await using setup = await setUp({ maxHealthCalls: 5 });
  const greedy = connectTo(setup.server.port, '127.0.0.2');
  // None sends its request: that is a call too.
  const held = [0, 1, 2].flatMap(() => [
    rawCall(greedy, HEALTH_WATCH_PATH),
    rawCall(greedy, HEALTH_CHECK_PATH),
  ]);
  assert.equal(await Promise.race(held.map(({ code }) => code)), 'RESOURCE_EXHAUSTED', 'the sixth');
  assert.equal(await watch(setup.client, '').next(), SERVING);
  assert.equal(await check(setup.client, requestOf('')), SERVING);
  assert.deepEqual(setup.counts.refused, Array(3).fill('ERR_LIMIT_STREAMS'));
  greedy.destroy();
});

test('calls that are over do not count', async () => {
  await using setup = await setUp({ maxHealthCalls: 1 });
  const isServing = async () => (await check(setup.client, requestOf(''))) === SERVING;
  for (let turn = 0; turn < 20; turn++) {
    await until(isServing, { what: 'room' });
    const { call, next, ended } = watch(setup.client, '');
    assert.equal(await next(), SERVING);
    call.cancel();
    await ended;
  }
});
