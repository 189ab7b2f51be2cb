import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { H2_PREFACE, h2Frame, h2GrpcCall, until } from '@activescale/devkit';
import { answerOf, connectTo, framed, MIB, openRaw, setUp, V3 } from '../testing/ingest-server.ts';
import { PATIENCE } from './limits/patience.ts';

// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and .../doc/compression.md, without a library.

const GZIP = { 'grpc-encoding': 'gzip' };

/** A server and a connection to it. */
async function connected(t: TestContext, options: Parameters<typeof setUp>[0] = {}) {
  const setup = await setUp(options);
  const session = connectTo(setup.server.port);
  t.after(async () => {
    session.destroy();
    await setup[Symbol.asyncDispose]();
  });
  return { ...setup, session };
}

/** The answer to a call that sends these bytes, and then ends its side. */
function ask(session: ReturnType<typeof connectTo>, bytes: Buffer, headers: Record<string, string> = {}) {
  const stream = openRaw(session, headers);
  const answer = answerOf(stream);
  stream.end(bytes);
  return answer;
}

test('messages are read wherever the stream is cut', async (t) => {
  const { session, counts, seen } = await connected(t);
  const bytes = Buffer.concat(['one', '', 'three'].map((text) => framed(text)));
  for (let cut = 1; cut < bytes.length; cut++) {
    counts.messages.length = 0;
    const stream = openRaw(session);
    const answer = answerOf(stream);
    stream.write(bytes.subarray(0, cut));
    if (cut >= 8) await once(seen, 'message');
    stream.end(bytes.subarray(cut));
    assert.equal((await answer).code, 'OK');
    assert.deepEqual(counts.messages, ['one', '', 'three'], `cut at ${cut}`);
  }
});

test('compressed and plain messages of one stream are delivered in their order', async (t) => {
  const { session, counts } = await connected(t);
  const parts = [
    framed('one'),
    framed(gzipSync('two'), { flag: 1 }),
    framed('three'),
    framed(gzipSync('four'), { flag: 1 }),
    framed(gzipSync(''), { flag: 1 }),
    framed('six'),
  ];
  const { code } = await ask(session, Buffer.concat(parts), GZIP);
  assert.equal(code, 'OK');
  assert.deepEqual(counts.messages, ['one', 'two', 'three', 'four', '', 'six']);
});

test('each way to break the protocol has its status, and leaves the connection to the other calls', async (t) => {
  const { session, counts } = await connected(t);
  const cases: [string, Buffer, Record<string, string>, string, RegExp][] = [
    ['ERR_GRPC_COMPRESSION', framed('x', { flag: 1 }), {}, 'INTERNAL', /grpc-encoding is not gzip/],
    ['ERR_GRPC_COMPRESSION', framed('x', { flag: 1 }), GZIP, 'INTERNAL', /is not valid gzip/],
    ['ERR_GRPC_PROTOCOL', framed('x', { flag: 2 }), {}, 'INTERNAL', /flag 2/],
    ['ERR_GRPC_PROTOCOL', framed('x', { length: 2 }), {}, 'INTERNAL', /ended in the middle of a message/],
    ['ERR_GRPC_PROTOCOL', framed('x').subarray(0, 3), {}, 'INTERNAL', /ended in the middle of a message/],
    [
      'ERR_GRPC_PROTOCOL',
      framed('x'),
      { 'grpc-timeout': 'soon' },
      'INTERNAL',
      /grpc-timeout is malformed: soon/,
    ],
    ['ERR_GRPC_ENCODING', framed('x'), { 'grpc-encoding': 'snappy' }, 'UNIMPLEMENTED', /gzip: snappy/],
    ['ERR_GRPC_TOO_LARGE', framed('', { length: 0xffffffff }), {}, 'RESOURCE_EXHAUSTED', /4294967295 bytes/],
    [
      'ERR_GRPC_TOO_LARGE',
      framed(gzipSync(Buffer.alloc(33 * MIB)), { flag: 1 }),
      GZIP,
      'RESOURCE_EXHAUSTED',
      /decompressed message exceeds/,
    ],
    ['ERR_GRPC_DEADLINE', Buffer.alloc(0), { 'grpc-timeout': '1m' }, 'DEADLINE_EXCEEDED', /timeout, 1m/],
    ['ERR_ENVOY_MALFORMED', framed('bad'), {}, 'INVALID_ARGUMENT', /%C3%BC.*100 %25/],
  ];
  for (const [error, bytes, headers, code, message] of cases) {
    counts.refused.length = 0;
    const stream = openRaw(session, headers);
    const answer = answerOf(stream);
    if (error === 'ERR_GRPC_DEADLINE') stream.write(bytes);
    else stream.end(bytes);
    const got = await answer;
    assert.deepEqual([got.http, got.code], [200, code], error);
    assert.match(got.message ?? '', message);
    assert.deepEqual(counts.refused, [error]);
  }
  assert.equal((await ask(session, framed('good'))).code, 'OK');
  assert.deepEqual(counts.messages.at(-1), 'good');
});

test('a fault of this process ends its call with INTERNAL, and no other', async (t) => {
  const { session, counts } = await connected(t);
  const { code, message } = await ask(session, framed('fault'));
  assert.deepEqual([code, message, counts.failed.length], ['INTERNAL', 'internal error', 1]);
  assert.equal((await ask(session, framed('good'))).code, 'OK');
});

test('an unknown method or encoding is not implemented, and what is not gRPC gets an HTTP status', async (t) => {
  const { session, counts } = await connected(t);
  const cases: [Record<string, string>, number, string | undefined][] = [
    [{ ':path': '/a.b/C' }, 200, 'UNIMPLEMENTED'],
    [{ ':path': '/' }, 200, 'UNIMPLEMENTED'],
    [{ ':path': '/constructor' }, 200, 'UNIMPLEMENTED'],
    [{ 'content-type': 'application/json' }, 415, undefined],
    [{ 'content-type': 'application/grpcx' }, 415, undefined],
    [{ ':method': 'PUT' }, 405, undefined],
    [{ 'content-type': 'application/grpc+proto', 'grpc-encoding': 'identity' }, 200, 'OK'],
  ];
  for (const [headers, http, code] of cases) {
    const got = await ask(session, Buffer.alloc(0), headers);
    assert.deepEqual([got.http, got.code], [http, code], JSON.stringify(headers));
  }
  assert.deepEqual(counts.refused, []);
});

test('a hundred streams share a connection, and one more waits for its turn', async (t) => {
  const { session, server, counts } = await connected(t);
  const streams = Array.from({ length: 100 }, () => openRaw(session));
  for (const stream of streams) stream.write(framed('one'));
  await until(() => counts.messages.length === 100, { what: 'all' });
  assert.equal(server.streams, 100);
  assert.equal(session.remoteSettings?.maxConcurrentStreams, 100);
});

test('what is being unpacked ends with its call', async (t) => {
  const { session, server, counts } = await connected(t);
  const bomb = framed(gzipSync(Buffer.alloc(31 * MIB)), { flag: 1 });
  const streams = Array.from({ length: 50 }, () => openRaw(session, GZIP));
  for (const stream of streams) stream.write(bomb);
  await until(() => server.streams === 50, { what: 'all' });
  for (const stream of streams) stream.close(8);
  await until(() => server.streams === 0, { what: 'their end' });
  assert.equal((await ask(session, framed(gzipSync('next'), { flag: 1 }), GZIP)).code, 'OK');
  assert.ok(counts.messages.length < 10, `${counts.messages.length} were unpacked`);
});

test('sixteen messages as large as the largest accepted one of a connection may be in flight, up to a mebibyte', async (t) => {
  const { session, seen } = await connected(t);
  const window = () => session.remoteSettings?.initialWindowSize;
  const stream = openRaw(session);
  stream.write(framed(Buffer.alloc(4_095)));
  await once(seen, 'message');
  assert.equal(window(), 65_535);
  for (const [bytes, expected] of [
    [5_000, 128 * 1024],
    [3 * MIB, MIB],
  ] as const) {
    stream.write(framed(Buffer.alloc(bytes)));
    await once(session, 'remoteSettings');
    assert.equal(window(), expected);
  }
});

test('a client that reads nothing of its answers is disconnected from them', async () => {
  await using setup = await setUp({ patience: { ...PATIENCE, tick: 20, linger: 50 } });
  const socket = connectSocket(setup.server.port, '127.0.0.1').on('error', () => {});
  // A window of 0: no byte of an answer may be sent.
  const noWindow = h2Frame('settings', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
  const [preface, ...rest] = [H2_PREFACE, noWindow];
  const calls = Array.from({ length: 90 }, (_, i) => h2GrpcCall(2 * i + 1, V3));
  const ends = calls.map((_, i) => h2Frame('data', 1, 2 * i + 1, framed('one')));
  socket.resume().write(Buffer.concat([preface ?? Buffer.alloc(0), ...rest, ...calls, ...ends]));
  await until(() => setup.counts.ended === 90, { what: 'their end' });
  const more = Array.from({ length: 90 }, (_, i) => h2GrpcCall(2 * i + 201, V3));
  await until(
    () => {
      socket.write(more.shift() ?? Buffer.alloc(0));
      return setup.server.streams >= 50;
    },
    { what: 'room for more streams' },
  );
  socket.destroy();
});

test('clients that send faster than ingest works are slowed down, and no other waits for them', async (t) => {
  const { session, server, counts, seen } = await connected(t);
  const empty = Buffer.alloc(5 * 40_000);
  const floods = Array.from({ length: 20 }, () => connectTo(server.port, '127.0.0.2'));
  t.after(() => {
    for (const flood of floods) flood.destroy();
  });
  for (const flood of floods) openRaw(flood).write(empty);
  await once(seen, 'message');
  openRaw(session).write(framed('honest'));
  await until(() => counts.messages.includes('honest'), { what: 'the honest message' });
  const before = counts.messages.indexOf('honest');
  assert.ok(before < 400_000, `after ${before} of 800,000 messages`);
});
