import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { H2_PREFACE, h2Frame, h2GrpcCall, until } from '@activescale/devkit';
import { answerOf, connectTo, framed, MIB, openRaw, setUp, V3 } from '../testing/ingest-server.ts';
import { PATIENCE } from './limits/patience.ts';

const GZIP = { 'grpc-encoding': 'gzip' };

/** 4,000 references to the header field `:method: GET` (RFC 7541, 6.1): 170 KB of headers, above the limit. */
const BOMB = Buffer.alloc(4_000, 0x82);

test('a client that floods a connection with frames that are no data is disconnected', async () => {
  const half = Buffer.concat([h2GrpcCall(1, V3), h2Frame('data', 0, 1, framed('', { length: MIB }))]);
  const bombs = (count: number) =>
    Array.from({ length: count }, (_, i) => h2Frame('headers', 0x4, 2 * i + 1, BOMB));
  const floods: [string, readonly Buffer[], RegExp][] = [
    ['ping', Array(900).fill(h2Frame('ping', 0, 0, Buffer.alloc(8))), /PING/],
    ['goaway', Array(900).fill(h2Frame('goaway', 0, 0, Buffer.alloc(8))), /GOAWAY/],
    ['settings', Array(900).fill(h2Frame('settings', 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))), /SETTINGS/],
    ['small data', [half, ...Array(5_000).fill(h2Frame('data', 0, 1, Buffer.alloc(1)))], /DATA frames/],
    ['header blocks', bombs(200), /header blocks/],
    [
      'priority',
      Array(20_000).fill(h2Frame('priority', 0, 1, Buffer.from([0, 0, 0, 3, 8]))),
      /Protocol error/,
    ],
    ['window', Array(21_000).fill(h2Frame('windowUpdate', 0, 0, Buffer.from([0, 0, 0, 1]))), /control/],
  ];
  for (const [name, frames, offence] of floods) {
    await using setup = await setUp();
    const good = setup.open();
    const from = { port: setup.server.port, host: '127.0.0.1', localAddress: '127.0.0.2' };
    const socket = connectSocket(from).on('error', () => {});
    socket.resume().write(Buffer.concat([H2_PREFACE, ...frames]));
    await once(socket, 'close');
    await until(() => setup.counts.closed.length > 0, { what: `the offence of ${name}` });
    assert.equal(setup.counts.closed.length, 1, name);
    assert.match(setup.counts.closed[0] ?? '', offence);
    good.call.write('one');
    good.call.end();
    assert.equal((await good.answer).code, 0);
  }
});

/** DATA frames of a stream. */
const data = (stream: number, bytes: Buffer) =>
  Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, i) =>
    h2Frame('data', 0, stream, bytes.subarray(i * 16_384, (i + 1) * 16_384)),
  );

test('one-byte frames disconnect their client whatever becomes of their stream', async () => {
  const bomb = framed(gzipSync(Buffer.alloc(31 * MIB)), { flag: 1 });
  const streams: Readonly<Record<string, readonly Buffer[]>> = {
    'waits for its decompression': [h2GrpcCall(1, V3, GZIP), ...data(1, bomb)],
    'waits for it with more than Node buffers': [
      h2GrpcCall(1, V3, GZIP),
      ...data(1, Buffer.concat([bomb, framed(Buffer.alloc(33_000))])),
    ],
    'is of no known method': [h2GrpcCall(1, '/unknown')],
    'is no call': [h2GrpcCall(1, V3, { 'content-type': 'text/plain' })],
    'was answered': [h2GrpcCall(1, V3), ...data(1, framed('bad'))],
  };
  for (const [what, frames] of Object.entries(streams)) {
    await using setup = await setUp({ patience: { ...PATIENCE, tick: 60_000 } });
    const socket = connectSocket(setup.server.port, '127.0.0.1').on('error', () => {});
    const small = Array<Buffer>(30_000).fill(h2Frame('data', 0, 1, Buffer.alloc(1)));
    socket.resume().write(Buffer.concat([H2_PREFACE, ...frames, ...small]));
    await once(socket, 'close');
    assert.match(setup.counts.closed[0] ?? '', /^more than 4000 DATA frames of less than 256 bytes/, what);
  }
});

test('a stream that is more than 32 MiB ahead of ingest is refused', async (t) => {
  await using setup = await setUp();
  const session = connectTo(setup.server.port);
  t.after(() => session.destroy());
  const [bomb, next] = [framed(gzipSync(Buffer.alloc(31 * MIB)), { flag: 1 }), framed(Buffer.alloc(MIB))];
  // Others that are decompressed before it.
  for (let i = 0; i < 40; i++) openRaw(session, GZIP).write(bomb);
  const stream = openRaw(session, GZIP);
  const answer = answerOf(stream);
  stream.write(Buffer.concat([bomb, ...Array<Buffer>(34).fill(next)]));
  assert.match((await answer).message ?? '', /more than 33554432 bytes wait/);
});

test('an address whose connections were closed five times is refused for a while', async () => {
  await using setup = await setUp();
  const good = setup.open();
  for (let i = 0; i < 5; i++) {
    const socket = connectSocket({ port: setup.server.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    const pings = Array<Buffer>(900).fill(h2Frame('ping', 0, 0, Buffer.alloc(8)));
    socket.on('error', () => {}).write(Buffer.concat([H2_PREFACE, ...pings]));
    await once(socket.resume(), 'close');
  }
  const barred = connectTo(setup.server.port, '127.0.0.2');
  await once(barred, 'close');
  assert.match(
    setup.counts.closed.at(-1) ?? '',
    /^another connection of 127\.0\.0\.2 was closed for misconduct$/,
  );
  good.call.end();
  assert.equal((await good.answer).code, 0);
});

test('an address that keeps ingest busy loses its connections that have pushed nothing', async (t) => {
  await using setup = await setUp({ patience: { ...PATIENCE, tick: 60_000 } });
  const [pushing, silent, other] = ['127.0.0.2', '127.0.0.2', '127.0.0.3'].map((from) =>
    connectTo(setup.server.port, from),
  );
  t.after(() => {
    for (const session of [pushing, silent, other]) session?.destroy();
  });
  openRaw(pushing ?? assert.fail()).write(framed('good'));
  await once(setup.seen, 'message');
  for (const session of [silent, other]) await new Promise((resolve) => session?.ping(resolve));
  const bombs = Array.from({ length: 100 }, (_, i) => h2Frame('headers', 0x4, 2 * i + 1, BOMB));
  const socket = connectSocket({ port: setup.server.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  socket.on('error', () => {}).resume();
  socket.write(Buffer.concat([H2_PREFACE, ...bombs]));
  const closed = Promise.all([once(socket, 'close'), once(silent ?? assert.fail(), 'close')]);
  const isClosed = closed.then(() => true);
  // As the frames of many such connections do.
  const keepBusy = async (): Promise<false> => {
    const until = performance.now() + 100;
    while (performance.now() < until);
    return new Promise((resolve) => setTimeout(resolve, 10, false));
  };
  while (!(await Promise.race([isClosed, keepBusy()])));
  assert.deepEqual([pushing?.destroyed, other?.destroyed], [false, false]);
});

test('a client that opens more than 200 requests in a second is disconnected at once', async () => {
  for (const path of [V3, '/unknown']) {
    await using setup = await setUp();
    const good = setup.open();
    const socket = connectSocket(setup.server.port, '127.0.0.1').on('error', () => {});
    const reset = (id: number) => h2Frame('rst', 0, id, Buffer.from([0, 0, 0, 8]));
    const requests = Array.from({ length: 900 }, (_, i) => [h2GrpcCall(2 * i + 1, path), reset(2 * i + 1)]);
    socket.resume().write(Buffer.concat([H2_PREFACE, ...requests.flat()]));
    await once(socket, 'close');
    assert.equal(setup.counts.closed.length, 1, path);
    good.call.write('one');
    good.call.end();
    assert.equal((await good.answer).code, 0);
  }
});
