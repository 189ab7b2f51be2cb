import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { END_STREAM, H2_PREFACE, h2Frame, h2GrpcCall, until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { PATIENCE } from './grpc/limits/patience.ts';
import { connectTo, framed, MIB, openRaw, setUp, V3 } from './testing/ingest-server.ts';

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

test('a message that was taken is not kept until the next one', { timeout: 60_000 }, async () => {
  await using setup = await setUp();
  const session = connectTo(setup.server.port);
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

test('streams that their client resets at once leave nothing behind', async () => {
  await using setup = await setUp();
  const reset = Buffer.from([0, 0, 0, 8]);
  const frames = Array.from({ length: 199 }, (_, i) =>
    Buffer.concat([h2GrpcCall(2 * i + 1, V3), h2Frame('rst', 0, 2 * i + 1, reset)]),
  );
  const last = [h2GrpcCall(399, V3), h2Frame('data', END_STREAM, 399, framed('last'))];
  const before = heapUsed();
  for (let connection = 1; connection <= 20; connection++) {
    const socket = connectSocket(setup.server.port, '127.0.0.1');
    socket.resume().write(Buffer.concat([H2_PREFACE, ...frames, ...last]));
    const isOver = () => setup.counts.messages.length === connection && setup.server.streams === 0;
    await until(isOver, { what: 'all to be over' });
    socket.destroy();
  }
  assert.equal(setup.server.streams, 0);
  // At once, before any timer of theirs could be due.
  await until(() => heapUsed() - before < 4 * MIB, { what: 'their memory to be free', deadline: 2_000 });
});

test('10,000 streams that have come and gone leave nothing behind', { timeout: 120_000 }, async () => {
  // The requests of a connection are limited by the tick.
  const patience = { ...PATIENCE, tick: 2 };
  await using setup = await setUp({ maxConnectionAge: 600_000, patience });
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
  };
  await openAndClose(1_000);
  const heap = heapUsed();
  await openAndClose(10_000);
  // With timers and listeners, which would keep their streams.
  assert.ok(heapUsed() - heap < 4 * MIB, `${(heapUsed() - heap) / MIB} MiB more`);
});
