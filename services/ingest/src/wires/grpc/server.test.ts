import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { H2_PREFACE, h2Frame, h2GrpcCall, until } from '@activescale/devkit';
import { EnvoyError, STREAM_METRICS_PATHS } from '@activescale/protocol/envoy';
import { Client, type ClientWritableStream, credentials, ServerCredentials, status } from '@grpc/grpc-js';
import { type GrpcServerOptions, startGrpcServer } from './server.ts';

const [V3, V2] = STREAM_METRICS_PATHS;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Memory of objects that are reachable, in bytes. */
function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** The same with Buffers. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The server, what its streams were given, and a client; texts stand for messages. */
async function setUp(options: Partial<GrpcServerOptions> = {}) {
  const seen = new EventEmitter<{ message: [string]; end: []; answered: [number]; refused: [string] }>();
  const control = { underWay: false };
  const counts = {
    messages: [] as string[],
    ended: 0,
    refused: 0,
    rotated: 0,
    reasons: [] as string[],
    answered: [] as number[],
  };
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    credentials: ServerCredentials.createInsecure(),
    maxStreams: 1_000,
    maxUnfinishedBytes: 256 * MIB,
    maxConnectionAge: 0,
    openStream: () => ({
      isUnderWay: () => control.underWay,
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
        counts.reasons.push(error.message);
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

/** A call without a library, which keeps nothing of what it has sent. */
function openRaw(session: ClientHttp2Session): ClientHttp2Stream {
  const fields = { ':method': 'POST', ':path': V3, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(fields);
  stream.on('error', () => {});
  return stream.resume();
}

/** @param length of the message, should only a part of it follow */
function framed(bytes: Buffer, length = bytes.length): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, bytes]);
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

test('of streams above the limit the newest is refused, with the name of the limit', async () => {
  await using setup = await setUp({ maxStreams: 2 });
  const streams = [setup.open(), setup.open()];
  for (const { call } of streams) {
    call.write('one');
    await once(setup.seen, 'message');
  }
  const { code, details } = await setup.open().answer;
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  assert.match(details, /2 streams.*GRPC_MAX_STREAMS/);
  assert.deepEqual([setup.counts.refused, setup.server.streams], [1, 2]);
  streams[0]?.call.end();
  await streams[0]?.answer;
  const next = setup.open();
  next.call.write('two');
  assert.deepEqual(await once(setup.seen, 'message'), ['two']);
});

test('messages that never get whole hold no more memory than they may, and the largest pays', async () => {
  await using setup = await setUp({ maxUnfinishedBytes: 64 * MIB });
  const session = connect(`http://127.0.0.1:${setup.server.port}`);
  session.on('error', () => {});
  const statuses = Array.from({ length: 4 }, async (_, i) => {
    const stream = openRaw(session);
    stream.write(framed(Buffer.alloc((20 + i) * MIB), 30 * MIB));
    const [headers] = await once(stream, 'response');
    return headers['grpc-status'];
  });
  const [code, details] = [await Promise.any(statuses), setup.counts.reasons.at(-1)];
  assert.equal(Number(code), status.RESOURCE_EXHAUSTED);
  assert.match(details ?? '', /67108864 bytes \(GRPC_MAX_UNFINISHED_MIB\)/);
  await until(() => setup.counts.refused >= 1 && setup.server.streams <= 3, { what: 'room again' });
  const good = setup.open();
  good.call.write('one');
  assert.deepEqual(await once(setup.seen, 'message'), ['one']);
  session.destroy();
});

test('a message that was taken is not kept until the next one', { timeout: 60_000 }, async () => {
  await using setup = await setUp();
  const session = connect(`http://127.0.0.1:${setup.server.port}`);
  const message = framed(Buffer.alloc(8 * MIB, 'a'));
  const before = held();
  for (let i = 0; i < 20; i++) {
    openRaw(session).write(message);
    await once(setup.seen, 'message');
  }
  await until(() => held() - before < 40 * MIB, { what: '160 MiB of messages to be free' });
  assert.equal(setup.server.streams, 20);
  session.destroy();
});

test('a connection of some age goes away, its stream is answered after a flush, none is lost', async () => {
  await using setup = await setUp({ maxConnectionAge: 300 });
  const goaway = Promise.withResolvers<void>();
  const session = connect(`http://127.0.0.1:${setup.server.port}`);
  session.once('goaway', () => goaway.resolve());
  const stream = openRaw(session);
  const answered = once(stream, 'trailers');
  const send = (text: string) => stream.write(framed(Buffer.from(text)));
  send('one');
  await goaway.promise;
  assert.equal(setup.server.streams, 1, 'it waits for a flush');
  setup.control.underWay = true;
  send('two');
  await until(() => setup.counts.messages.length === 2, { what: 'the second message' });
  assert.equal(setup.server.streams, 1, 'a flush is under way');
  setup.control.underWay = false;
  const [trailers] = await answered;
  assert.equal(trailers['grpc-status'], '0');
  assert.deepEqual([setup.counts.rotated, setup.counts.messages], [1, ['one', 'two']]);
  stream.end();
  await once(session, 'close');
});

test('a stream is answered at once where the flush that completes comes in one message', async () => {
  await using setup = await setUp({ maxConnectionAge: 100 });
  const { call, answer } = setup.open();
  const timer = setInterval(() => call.write('one'), 10);
  assert.equal((await answer).code, status.OK);
  clearInterval(timer);
  assert.equal(setup.counts.rotated, 1);
});

test('a connection whose other end has gone silent is found, and its stream is over', async () => {
  await using setup = await setUp({ keepaliveTime: 100 });
  const socket = connectSocket(setup.server.port, '127.0.0.1');
  socket.write(Buffer.concat([H2_PREFACE, h2GrpcCall(1, V3)])); // and not a word more, not even to a PING
  await until(() => setup.server.streams === 1, { what: 'the stream' });
  const good = setup.open();
  good.call.write('one');
  await until(() => setup.server.streams === 1 && setup.counts.ended === 1, {
    what: 'the silence to be noticed',
  });
  socket.destroy();
});

test('a client that does not end its side of an answered stream is told that nobody reads', async () => {
  await using setup = await setUp();
  const session = connect(`http://127.0.0.1:${setup.server.port}`);
  const stream = openRaw(session);
  const closed = once(stream, 'close');
  stream.write(framed(Buffer.from('bad')));
  const [headers] = await once(stream, 'response');
  assert.equal(headers['grpc-status'], String(status.INVALID_ARGUMENT));
  await closed;
  assert.equal(stream.rstCode, 0);
  session.destroy();
});

test('streams that their client resets at once leave nothing behind', async () => {
  await using setup = await setUp();
  const reset = Buffer.from([0, 0, 0, 8]);
  const frames = Array.from({ length: 900 }, (_, i) =>
    Buffer.concat([h2GrpcCall(2 * i + 1, V3), h2Frame('rst', 0, 2 * i + 1, reset)]),
  );
  const before = heapUsed();
  for (let connection = 1; connection <= 5; connection++) {
    const socket = connectSocket(setup.server.port, '127.0.0.1');
    socket.resume().write(Buffer.concat([H2_PREFACE, ...frames]));
    await until(() => setup.counts.ended === 900 * connection, { what: 'all to be over' });
    socket.destroy();
  }
  assert.equal(setup.server.streams, 0);
  // At once, before any timer of theirs could be due.
  await until(() => heapUsed() - before < 4 * MIB, { what: 'their memory to be free', deadline: 2_000 });
});

test('10,000 streams that have come and gone leave nothing behind', { timeout: 120_000 }, async () => {
  await using setup = await setUp({ maxConnectionAge: 600_000 });
  const openAndClose = async (count: number) => {
    for (let left = count; left > 0; left -= 50) {
      const streams = Array.from({ length: 50 }, () => setup.open());
      for (const { call } of streams) {
        call.write('one');
        call.end();
      }
      for (const { answer } of streams) assert.equal((await answer).code, status.OK);
    }
    await until(() => setup.server.streams === 0, { what: 'all streams to be over' });
    setup.counts.messages.length = 0;
    setup.counts.answered.length = 0;
  };
  await openAndClose(1_000);
  const heap = heapUsed();
  await openAndClose(10_000);
  // With timers and listeners, which would keep their streams.
  assert.ok(heapUsed() - heap < 4 * MIB, `${(heapUsed() - heap) / MIB} MiB more`);
});

test('an address that cannot be listened on is an error that names it', async () => {
  await using setup = await setUp();
  const { port } = setup.server;
  await assert.rejects(
    setUp({ port }),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(LISTEN_HOST, GRPC_PORT\\)`),
  );
});
