import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { H2_PREFACE, h2GrpcCall, until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { PATIENCE } from './grpc/limits/patience.ts';
import { connectTo, framed, MIB, openRaw, setUp, V2, V3 } from './testing/ingest-server.ts';

const MAX_MESSAGE_BYTES = 32 * MIB;

const QUICK = { ...PATIENCE, tick: 20 };

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
  assert.deepEqual([code, details], [status.INVALID_ARGUMENT, 'not a message: "ü", 100 %']);
  assert.deepEqual([setup.counts.refused.length, setup.counts.ended, setup.server.streams], [1, 1, 1]);

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
  assert.deepEqual(setup.counts.refused, ['ERR_GRPC_TOO_LARGE']);
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

test('another method is not implemented, and does not count as a refusal', async () => {
  await using setup = await setUp();
  const { call, answer } = setup.open('/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs');
  call.end();
  assert.equal((await answer).code, status.UNIMPLEMENTED);
  assert.deepEqual(setup.counts.refused, []);
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
  assert.match(details, /at most 2 .*GRPC_MAX_STREAMS/);
  assert.deepEqual([setup.counts.refused.length, setup.server.streams], [1, 2]);
  streams[0]?.call.end();
  await streams[0]?.answer;
  const next = setup.open();
  next.call.write('two');
  assert.deepEqual(await once(setup.seen, 'message'), ['two']);
});

test('messages that never get whole hold no more memory than they may, and the largest pays', async () => {
  await using setup = await setUp({ maxUnfinishedBytes: 64 * MIB });
  const session = connectTo(setup.server.port);
  const statuses = Array.from({ length: 4 }, async (_, i) => {
    const stream = openRaw(session);
    stream.write(framed(Buffer.alloc((20 + i) * MIB), { length: 30 * MIB }));
    const [headers] = await once(stream, 'response');
    return headers['grpc-status'];
  });
  const [code, details] = [await Promise.any(statuses), setup.counts.reasons.at(-1)];
  assert.equal(Number(code), status.RESOURCE_EXHAUSTED);
  assert.match(details ?? '', /67108864 bytes \(GRPC_MAX_UNFINISHED_MIB\)/);
  await until(() => setup.counts.refused.length >= 1 && setup.server.streams <= 3, { what: 'room again' });
  const good = setup.open();
  good.call.write('one');
  assert.deepEqual(await once(setup.seen, 'message'), ['one']);
  session.destroy();
});

test('what streams receive while their messages wait to be unpacked is counted between ticks', async () => {
  const patience = { ...PATIENCE, tick: 60_000 };
  await using setup = await setUp({ maxUnfinishedBytes: 128 * MIB, patience });
  const session = connectTo(setup.server.port);
  const packed = framed(gzipSync(Buffer.alloc(31 * MIB)), { flag: 1 });
  // Complete, so that it is not counted once it is read; with the other message it fills the window of its stream.
  const bytes = Buffer.concat([packed, framed(Buffer.alloc(MIB - packed.length - 5))]);
  for (let i = 0; i < 100; i++) openRaw(session, { 'grpc-encoding': 'gzip' }).write(bytes);
  assert.deepEqual(await once(setup.seen, 'refused'), ['ERR_LIMIT_MEMORY']);
  session.destroy();
});

test('the time for a message begins with its first byte, however long its stream was silent', async () => {
  let time = 0;
  await using setup = await setUp({ now: () => time, patience: QUICK });
  const session = connectTo(setup.server.port);
  const taken = () => new Promise((resolve) => session.ping(resolve));
  const [slow, honest] = [openRaw(session), openRaw(session)];
  honest.write(framed('one'));
  await once(setup.seen, 'message');
  time = 40_000;
  slow.write(framed('', { length: 100 }));
  await taken();
  time = 50_000;
  const two = framed('two');
  honest.write(two.subarray(0, 6));
  await taken();
  time = 75_000;
  assert.deepEqual(await once(setup.seen, 'refused'), ['ERR_LIMIT_TIME']);
  honest.write(two.subarray(6));
  assert.deepEqual(await once(setup.seen, 'message'), ['two']);
  assert.equal(setup.counts.refused.length, 1);
  session.destroy();
});

test('a part of a flush does not wait for a batch', async () => {
  const clock = { ms: 1_000_000 };
  await using setup = await setUp({ now: () => clock.ms });
  const { call } = setup.open();
  call.write('one');
  await once(setup.seen, 'message');
  clock.ms -= 20_000; // the time of the next batch comes in 20 s
  setup.control.underWay = true;
  call.write('two');
  await until(() => setup.counts.messages.includes('two'), { what: 'the other part' });
});

test('a connection whose other end has gone silent is found, and its stream is over', async () => {
  await using setup = await setUp({ patience: { ...QUICK, silence: 100, pong: 100 } });
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

test('the stream of a client that does not end its side after the answer is reset', async () => {
  await using setup = await setUp();
  const session = connectTo(setup.server.port);
  const stream = openRaw(session);
  const closed = once(stream, 'close');
  stream.write(framed(Buffer.from('bad')));
  const [headers] = await once(stream, 'response');
  assert.equal(headers['grpc-status'], String(status.INVALID_ARGUMENT));
  await closed;
  assert.equal(stream.rstCode, 0);
  session.destroy();
});

test('an address that cannot be listened on is an error that names it', async () => {
  await using setup = await setUp();
  const { port } = setup.server;
  await assert.rejects(
    setUp({ port }),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(LISTEN_HOST, GRPC_PORT\\)`),
  );
});
