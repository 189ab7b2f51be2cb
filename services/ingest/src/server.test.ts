import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { EnvoyError, STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { Client, type ClientWritableStream, credentials, ServerCredentials, status } from '@grpc/grpc-js';
import { type GrpcServerOptions, startGrpcServer } from './server.ts';

const [V3, V2] = STREAM_METRICS_PATHS;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const MIB = 1024 * 1024;

/** The server, what its streams were given, and a client; texts stand for messages. */
async function setUp(options: Partial<GrpcServerOptions> = {}) {
  const seen = new EventEmitter<{ message: [string]; end: []; answered: [number]; refused: [string] }>();
  const control = { underWay: false };
  const counts = { messages: [] as string[], ended: 0, refused: 0, rotated: 0, answered: [] as number[] };
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    credentials: ServerCredentials.createInsecure(),
    maxStreams: 1_000,
    maxUnfinishedBytes: 256 * MIB,
    maxConnectionAge: 0,
    openStream: () => ({
      pod: undefined,
      get underWay() {
        return control.underWay;
      },
      message(bytes) {
        const text = bytes.toString('latin1', 0, 20);
        if (text === 'bad') throw new EnvoyError('ERR_ENVOY_MALFORMED', 'not a message');
        counts.messages.push(text);
        seen.emit('message', text);
      },
      end() {
        counts.ended++;
        seen.emit('end');
      },
    }),
    events: {
      opened() {},
      refused(_peer, error) {
        counts.refused++;
        seen.emit('refused', error.code);
      },
      answered(code) {
        counts.answered.push(code);
        seen.emit('answered', code);
      },
      skipped() {},
      rotated() {
        counts.rotated++;
      },
    },
    ...options,
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    server,
    control,
    client,
    seen,
    counts,
    open: (path: string = V3) => openCall(client, path),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

interface Answer {
  readonly code: number;
  readonly details: string;
  readonly body: Buffer | undefined;
}

function openCall(
  client: Client,
  path: string,
): { call: ClientWritableStream<string>; answer: Promise<Answer> } {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const call = client.makeClientStreamRequest<string, Buffer>(
    path,
    (text) => Buffer.from(text, 'latin1'),
    (bytes) => bytes,
    (error, body) =>
      resolve({ code: error?.code ?? status.OK, details: error?.details ?? '', body: body ?? undefined }),
  );
  call.on('error', () => {}); // the callback tells
  return { call, answer: promise };
}

test('a half-closed stream is answered with OK and an empty message, on both paths', async () => {
  for (const path of [V3, V2]) {
    await using setup = await setUp();
    const { call, answer } = setup.open(path);
    call.write('one');
    call.write('two');
    call.end();
    assert.deepEqual(await answer, { code: status.OK, details: '', body: Buffer.alloc(0) });
    assert.deepEqual(setup.counts.messages, ['one', 'two']);
    assert.equal(setup.counts.ended, 1);
    assert.equal(setup.server.streams, 0);
  }
});

test('a message that breaks a rule ends its stream and no other on the same connection', async () => {
  await using setup = await setUp();
  const good = setup.open();
  good.call.write('one');
  await once(setup.seen, 'message');
  const bad = setup.open();
  bad.call.write('bad');
  const { code, details } = await bad.answer;
  assert.deepEqual([code, details], [status.INVALID_ARGUMENT, 'not a message']);
  assert.deepEqual([setup.counts.refused, setup.counts.ended, setup.server.streams], [1, 1, 1]);

  good.call.write('two');
  good.call.end();
  assert.equal((await good.answer).code, status.OK);
  assert.deepEqual(setup.counts.messages, ['one', 'two']);
});

test('a message of 32 MiB is taken, and one byte more is refused', async () => {
  await using setup = await setUp();
  const largest = setup.open();
  largest.call.write('a'.repeat(MAX_MESSAGE_BYTES));
  largest.call.end();
  assert.equal((await largest.answer).code, status.OK);
  assert.equal(setup.counts.messages.length, 1);

  const larger = setup.open();
  larger.call.write('a'.repeat(MAX_MESSAGE_BYTES + 1));
  assert.equal((await larger.answer).code, status.RESOURCE_EXHAUSTED);
  assert.deepEqual(setup.counts.answered, [status.OK, status.RESOURCE_EXHAUSTED]);
  assert.equal(setup.counts.messages.length, 1);
});

test('a stream that its client cancels is over', async () => {
  await using setup = await setUp();
  const { call, answer } = setup.open();
  call.write('one');
  await once(setup.seen, 'message');
  assert.equal(setup.server.streams, 1);
  call.cancel();
  await once(setup.seen, 'end');
  assert.equal(setup.server.streams, 0);
  assert.equal((await answer).code, status.CANCELLED);
});

test('another method is not implemented, and no refusal of ours', async () => {
  await using setup = await setUp();
  const { call, answer } = setup.open('/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs');
  call.end();
  assert.equal((await answer).code, status.UNIMPLEMENTED);
  assert.deepEqual(setup.counts.answered, []);
});

test('close answers every open stream, and takes what comes until then', async () => {
  await using setup = await setUp();
  const streams = [setup.open(), setup.open(), setup.open()];
  for (const { call } of streams) {
    call.write('one');
    await once(setup.seen, 'message');
  }
  const closed = setup.server.close();
  streams[0]?.call.write('late');
  await once(setup.seen, 'message');
  const late = setup.open();
  assert.equal((await late.answer).code, status.UNAVAILABLE);
  for (const { answer } of streams) assert.equal((await answer).code, status.OK);
  await closed;
  assert.deepEqual([setup.counts.ended, setup.server.streams], [3, 0]);
});

test('an address that cannot be listened on is an error that names it', async () => {
  await using setup = await setUp();
  const { port } = setup.server;
  await assert.rejects(
    setUp({ port }),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(LISTEN_HOST, GRPC_PORT\\)`),
  );
});
