import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH } from '@activescale/protocol/grpc-health';
import { type ChannelOptions, Client, credentials, ServerCredentials, status } from '@grpc/grpc-js';
import { startGrpcServer } from './server.ts';

const [V3] = STREAM_METRICS_PATHS;
const SERVICES = ['', 'envoy.service.metrics.v3.MetricsService', 'envoy.service.metrics.v2.MetricsService'];
/** HealthCheckResponses: field 1, the enum. */
const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = ['0801', '0802', '0803'];

async function setUp({ maxHealthCalls = 1_000, channel = {} as ChannelOptions } = {}) {
  const counts = { answered: [] as number[], refused: [] as string[] };
  const server = await startGrpcServer({
    host: undefined,
    port: 0,
    credentials: ServerCredentials.createInsecure(),
    maxStreams: 1_000,
    maxUnfinishedBytes: 64 * 1024 * 1024,
    maxConnectionAge: 0,
    maxHealthCalls,
    openStream: () => ({ isUnderWay: () => false, message() {}, end() {} }),
    events: {
      opened() {},
      refused: (_peer, { code }) => void counts.refused.push(code),
      answered: (code) => void counts.answered.push(code),
      skipped() {},
      rotated() {},
    },
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    ...channel,
  });
  return {
    server,
    client,
    counts,
    check: (service: string) => check(client, requestOf(service)),
    watch: (service: string) => watch(client, service),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

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
  call.on('error', () => {}); // the status says
  const ended = new Promise<string | undefined>((resolve) => {
    call.once('status', ({ code }) => resolve(status[code]));
  });
  return { call, responses, next: () => once(seen, 'response').then(([response]) => response), ended };
}

/** A call from an address of this machine, without a library. */
function rawCall(session: ClientHttp2Session, path: string) {
  const fields = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(fields);
  stream.on('error', () => {});
  stream.resume();
  const code = new Promise<string | undefined>((resolve) => {
    const onHeaders = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) resolve(status[Number(headers['grpc-status'])]);
    };
    stream.on('response', onHeaders);
    stream.on('trailers', onHeaders);
  });
  return { stream, code };
}

function connectFrom(address: string, port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, {
    createConnection: () => connectSocket({ host: '127.0.0.1', port, localAddress: address }),
  });
  session.on('error', () => {});
  return session;
}

test('Check answers SERVING for the server and for both services, and NOT_FOUND for any other', async () => {
  await using setup = await setUp();
  for (const service of SERVICES) assert.equal(await setup.check(service), SERVING, service);
  assert.equal(await setup.check('envoy.service.accesslog.v3.AccessLogService'), 'NOT_FOUND');
  assert.deepEqual([...new Set(setup.counts.answered)], [status.OK], 'none of it is a refusal');
});

test('Watch sends the status at once, and NOT_SERVING before the server goes', async () => {
  await using setup = await setUp();
  const watches = SERVICES.map((service) => setup.watch(service));
  assert.deepEqual(await Promise.all(watches.map(({ next }) => next())), [SERVING, SERVING, SERVING]);
  await setup.server.close();
  for (const { responses, ended } of watches) {
    assert.equal(await ended, 'UNAVAILABLE');
    assert.deepEqual(responses, [SERVING, NOT_SERVING]);
  }
});

test('Watch of an unknown service says so and stays open', async () => {
  await using setup = await setUp();
  const { call, next, ended } = setup.watch('unknown');
  assert.equal(await next(), SERVICE_UNKNOWN);
  assert.equal(await setup.check(''), SERVING);
  call.cancel();
  assert.equal(await ended, 'CANCELLED');
});

test('while the streams of proxies are answered, Check says NOT_SERVING', async () => {
  await using setup = await setUp();
  const proxy = setup.client.makeClientStreamRequest<Buffer, Buffer>(
    V3,
    (bytes) => bytes,
    (bytes) => bytes,
    () => {},
  );
  proxy.on('error', () => {});
  proxy.write(Buffer.from('flush'));
  await until(() => setup.server.streams === 1, { what: 'the stream' });
  const closed = setup.server.close();
  assert.equal(await setup.check(''), NOT_SERVING);
  await closed;
});

test('a compressed request is answered too', async () => {
  await using setup = await setUp({ channel: { 'grpc.default_compression_algorithm': 2 } });
  assert.equal(await setup.check(SERVICES[1] ?? ''), SERVING);
});

test('bytes that are no request, or none at all, are an invalid argument', async () => {
  await using setup = await setUp();
  assert.equal(await check(setup.client, Buffer.from('\x0a\x05a')), 'INVALID_ARGUMENT');
  const session = connectFrom('127.0.0.1', setup.server.port);
  for (const path of [HEALTH_CHECK_PATH, HEALTH_WATCH_PATH]) {
    const { stream, code } = rawCall(session, path);
    stream.end();
    assert.equal(await code, 'INVALID_ARGUMENT', path);
  }
  session.destroy();
});

test('a request of more than 4 KiB is refused by its length, before any of it has arrived', async () => {
  await using setup = await setUp();
  const session = connectFrom('127.0.0.1', setup.server.port);
  for (const path of [HEALTH_CHECK_PATH, HEALTH_WATCH_PATH]) {
    const { stream, code } = rawCall(session, path);
    stream.write(Buffer.from([0, 0, 0x10, 0, 1]));
    assert.equal(await code, 'RESOURCE_EXHAUSTED', path);
  }
  session.destroy();
});

test('of too many calls the address with the most loses one, so that nobody keeps others from asking', async () => {
  await using setup = await setUp({ maxHealthCalls: 5 });
  const greedy = connectFrom('127.0.0.2', setup.server.port);
  // Neither sends its request: that is a call too.
  const held = [0, 1, 2].flatMap(() => [
    rawCall(greedy, HEALTH_WATCH_PATH),
    rawCall(greedy, HEALTH_CHECK_PATH),
  ]);
  const codes = held.map(({ code }) => code);
  assert.equal(await Promise.race(codes), 'RESOURCE_EXHAUSTED', 'the sixth');
  const { next } = setup.watch('');
  assert.equal(await next(), SERVING);
  assert.equal(await setup.check(''), SERVING);
  assert.deepEqual(setup.counts.refused, Array(3).fill('ERR_LIMIT_STREAMS'));
  greedy.destroy();
});

test('calls that have come and gone do not count', async () => {
  await using setup = await setUp({ maxHealthCalls: 1 });
  for (let turn = 0; turn < 20; turn++) {
    assert.equal(await setup.check(''), SERVING);
    const { call, next, ended } = setup.watch('');
    assert.equal(await next(), SERVING);
    call.cancel();
    await ended;
    await until(async () => (await setup.check('')) === SERVING, { what: 'the Watch to be gone' });
  }
});
