import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { END_STREAM, H2_PREFACE, h2Frame, h2GrpcCall, streamMetrics, until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { metric, residentMegabytes } from './admin.ts';
import { frame, openRawStream, openStream } from './client.ts';
import { flushOf } from './messages.ts';
import { startStack } from './stack.ts';
import { startWitness } from './witness.ts';

// What a rogue pod, at its own address, can do to ingest: a short form of each. `npm run fuzz` has the long one.

const SCALE = Number(process.env.FUZZ_SCALE ?? 1);
const ROGUE = '127.0.0.2';
const MIB = 1024 * 1024;
const { path } = streamMetrics;

/** A connection of the rogue's that speaks HTTP/2 by hand, and ignores every answer. */
async function rogueSocket(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: ROGUE });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.resume().write(H2_PREFACE);
  return socket;
}

/** Writes these frames as fast as they are taken, until all are or the connection is closed on us. */
async function flood(socket: Socket, frames: Iterable<Buffer>): Promise<void> {
  let batch: Buffer[] = [];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const write = async () => {
    const more = socket.write(Buffer.concat(batch));
    batch = [];
    if (!more && !socket.destroyed)
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  };
  for (const bytes of frames) {
    if (socket.destroyed) return;
    batch.push(bytes);
    if (batch.length === 500) await write();
  }
  await write();
}

/** Client streams have odd numbers. */
function* numbered(count: number, make: (id: number) => Buffer): Iterable<Buffer> {
  for (let i = 0; i < count; i++) yield make(2 * i + 1);
}

test('streams that are opened and reset at once do not affect other clients', {
  timeout: 600_000,
}, async () => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  const rst = Buffer.from([0, 0, 0, 8]);
  for (let connection = 0; connection < 3 * SCALE; connection++) {
    const socket = await rogueSocket(ingest.grpcPort);
    await flood(
      socket,
      numbered(10_000, (id) => Buffer.concat([h2GrpcCall(id, path), h2Frame('rst', 0, id, rst)])),
    );
    await witness.goesOn();
    socket.destroy();
  }
  const alone = async () => (await metric(ingest, 'activescale_ingest_streams')) === 1;
  await until(alone, { what: 'the streams to be gone' });
  assert.ok((await residentMegabytes(ingest)) < 400);
});

test('100,000 streams on one connection get no more than 100', { timeout: 600_000 }, async () => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  for (let connection = 0; connection < SCALE; connection++) {
    const socket = await rogueSocket(ingest.grpcPort);
    const sent = flood(
      socket,
      numbered(100_000, (id) => h2GrpcCall(id, path)),
    );
    await witness.goesOn();
    assert.ok((await metric(ingest, 'activescale_ingest_streams')) <= 101);
    await sent;
    await witness.goesOn();
    assert.ok((await metric(ingest, 'activescale_ingest_streams')) <= 101);
    socket.destroy();
  }
  assert.ok((await residentMegabytes(ingest)) < 400);
});

test('messages that never get whole take no more than their memory, and nobody else pays', {
  timeout: 600_000,
}, async (t) => {
  await using stack = await startStack({ ingest: { GRPC_MAX_UNFINISHED_MIB: '64' } });
  const { ingest, query } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  // An honest gateway with a flush of 8 MB that is half there.
  const flush = Buffer.concat([
    flushOf({ namespace: 'net', pod: 'gateway', active: 5, flush: 1 }),
    Buffer.concat([Buffer.from([0x1a, 0x80, 0x80, 0x80, 0x04]), Buffer.alloc(8 * MIB)]), // a field that nobody knows
  ]);
  const message = frame(flush, false);
  await using gateway = openRawStream(ingest.grpcPort, {});
  gateway.push(message.subarray(0, 4 * MIB));

  let most = 0;
  await using rogues = new AsyncDisposableStack();
  const statuses: Promise<number>[] = [];
  for (let i = 0; i < 20 * SCALE; i++) {
    const rogue = rogues.use(openRawStream(ingest.grpcPort, {}, { from: ROGUE }));
    const whole = frame(Buffer.alloc(30 * MIB), false);
    rogue.push(whole.subarray(0, 20 * MIB));
    statuses.push(rogue.status);
    if (i % 4 === 0) await witness.goesOn();
    most = Math.max(most, await residentMegabytes(ingest));
  }
  const refused = 'activescale_ingest_refused_total{reason="too_much_memory"}';
  const enough = async () => {
    most = Math.max(most, await residentMegabytes(ingest));
    return (await metric(ingest, refused)) >= 17 * SCALE;
  };
  await until(enough, { what: 'what is too much to be refused', deadline: 60_000 * SCALE });
  t.diagnostic(`${Math.round(most)} MB at most for ${400 * SCALE} MB`);
  assert.ok(most < 400, `${most} MB`);
  assert.equal(status[await Promise.any(statuses)], 'RESOURCE_EXHAUSTED');

  gateway.push(message.subarray(4 * MIB));
  const stored = async () => (await query.ask('net', 'gateway')).values.gateway === '5';
  await until(stored, { what: "the gateway's flush, whole" });
  await witness.goesOn();
});

test('a message in pieces of one byte costs what its pieces cost, and is ended for that', {
  timeout: 600_000,
}, async () => {
  await using stack = await startStack({ ingest: { GRPC_MAX_UNFINISHED_MIB: '64' } });
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  const socket = await rogueSocket(ingest.grpcPort);
  const header = frame(Buffer.alloc(30 * MIB), false).subarray(0, 5);
  socket.write(Buffer.concat([h2GrpcCall(1, path), h2Frame('data', 0, 1, header)]));
  const piece = h2Frame('data', 0, 1, Buffer.from([0]));
  // No more than the window that HTTP/2 gives before it is renewed; a client that knew how would go on.
  await flood(
    socket,
    numbered(60_000, () => piece),
  );
  await witness.goesOn();
  assert.ok((await residentMegabytes(ingest)) < 400);
  socket.write(h2Frame('data', END_STREAM, 1, Buffer.alloc(0)));
  socket.destroy();
});

test('a client that opens too many streams affects no other', { timeout: 600_000 }, async () => {
  await using stack = await startStack({ ingest: { GRPC_MAX_STREAMS: '50' } });
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  await using rogues = new AsyncDisposableStack();
  const codes = new Map<number, number>();
  for (let i = 0; i < 100 * SCALE; i++) {
    const rogue = rogues.use(openRawStream(ingest.grpcPort, {}, { from: ROGUE }));
    void rogue.status.then((code) => codes.set(code, (codes.get(code) ?? 0) + 1));
  }
  const refused = async () => (codes.get(status.RESOURCE_EXHAUSTED) ?? 0) >= 51 + 100 * (SCALE - 1);
  await until(refused, { what: 'what is too much to be refused', deadline: 60_000 });
  await witness.goesOn();
  const honest = Array.from({ length: 20 }, (_, i) => {
    const stream = openStream(ingest.grpcPort);
    stream.push(flushOf({ namespace: 'late', pod: `web-${i}`, active: i, flush: 1 }));
    return stream;
  });
  const all = async () => Object.keys((await stack.query.ask('late', '*')).values).length === 20;
  await until(all, { what: 'twenty pods that came later' });
  assert.equal(await metric(ingest, 'activescale_ingest_streams'), 50);
  await witness.goesOn();
  for (const stream of honest) await stream[Symbol.asyncDispose]();
});
