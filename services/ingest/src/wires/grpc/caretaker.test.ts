import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAuthority, H2_PREFACE, h2Frame, h2GrpcCall, until } from '@activescale/devkit';
import { answerOf, connectTo, framed, openRaw, setUp, V3 } from '../testing/ingest-server.ts';
import { grpcCredentials } from './credentials.ts';
import { PATIENCE } from './limits/patience.ts';

const TICK = { ...PATIENCE, tick: 20 };

/** A connection that sends only these bytes. */
function openSocket(port: number, bytes: Buffer = Buffer.alloc(0), localAddress = '127.0.0.1'): Socket {
  const socket = connectSocket({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => {});
  socket.resume().write(bytes);
  return socket;
}

/** A connection with an open stream, to which nothing may happen. */
async function openHonest(setup: Awaited<ReturnType<typeof setUp>>) {
  const honest = setup.open();
  honest.call.write('one');
  await once(setup.seen, 'message');
  return {
    async [Symbol.asyncDispose]() {
      honest.call.end();
      assert.equal((await honest.answer).code, 0, 'the honest stream');
    },
  };
}

test('a connection that sends no HTTP/2 preface is closed', async () => {
  await using setup = await setUp({ patience: { ...TICK, handshake: 100 } });
  await using _honest = await openHonest(setup);
  await Promise.all(
    [Buffer.alloc(0), H2_PREFACE.subarray(0, 10)].map((bytes) =>
      once(openSocket(setup.server.port, bytes), 'close'),
    ),
  );
});

test('bytes that are not HTTP/2 close their connection at once', async () => {
  await using setup = await setUp();
  await once(openSocket(setup.server.port, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')), 'close');
});

test('a connection without a call is closed', async () => {
  await using setup = await setUp({ patience: { ...TICK, idle: 150 } });
  await using _honest = await openHonest(setup);
  await once(openSocket(setup.server.port, H2_PREFACE), 'close');
});

test('of the connections without a call an address keeps its newest 32', async () => {
  await using setup = await setUp({ patience: { ...TICK, spare: 50 } });
  await using _honest = await openHonest(setup);
  const sockets: Socket[] = [];
  for (let i = 0; i < 40; i++) {
    const socket = openSocket(setup.server.port, H2_PREFACE, '127.0.0.2');
    await once(socket, 'connect');
    sockets.push(socket);
  }
  await until(() => sockets.filter(({ destroyed }) => destroyed).length === 8, {
    what: 'eight to be closed',
  });
  assert.deepEqual(
    sockets.map(({ destroyed }) => destroyed),
    [...Array(8).fill(true), ...Array(32).fill(false)],
  );
  assert.ok(setup.counts.closed.every((peer) => peer.startsWith('127.0.0.2')));
  for (const socket of sockets) socket.destroy();
});

test('a client still gets in when others hold every connection without a call', async () => {
  await using setup = await setUp({ maxStreams: 1, maxOtherConnections: 10 });
  const sockets = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const socket = openSocket(setup.server.port, H2_PREFACE);
      await once(socket, 'connect');
      return socket;
    }),
  );
  await using _honest = await openHonest(setup);
  await until(() => sockets.filter(({ destroyed }) => destroyed).length === 20, { what: 'room' });
  for (const socket of sockets) socket.destroy();
});

test('a connection ends some time after its age, though its client always has a flush in flight', async () => {
  await using setup = await setUp({ maxConnectionAge: 100, patience: { ...TICK, leave: 200, linger: 100 } });
  setup.control.underWay = true;
  const session = connectTo(setup.server.port);
  const stream = openRaw(session);
  const answer = answerOf(stream);
  using _timer = setInterval(() => stream.write(framed('one')), 10);
  assert.equal((await answer).code, 'OK');
  await once(session, 'close');
  assert.equal(setup.counts.rotated, 1);
});

test('a connection ends some time after its age, though its client never closes its end', async () => {
  const patience = { ...TICK, leave: 100, linger: 60 };
  await using setup = await setUp({ maxConnectionAge: 100, patience });
  const socket = connectSocket({ host: '127.0.0.1', port: setup.server.port, allowHalfOpen: true });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.resume().write(Buffer.concat([H2_PREFACE, h2GrpcCall(1, V3)]));
  // Writing to a closed connection closes it on this side too.
  using _timer = setInterval(() => socket.write(h2Frame('ping', 0, 0, Buffer.alloc(8))), 20);
  await closed;
  assert.equal(setup.counts.rotated, 1);
});

/** A mesh's authority, and ingest with a certificate of it. */
async function setUpMutual(t: TestContext, options: Parameters<typeof setUp>[0]) {
  const authority = await createAuthority('mesh');
  const folder = await mkdtemp(join(tmpdir(), 'activescale-'));
  const files = ['cert', 'key', 'ca'].map((name) => join(folder, name)) as [string, string, string];
  const serving = await authority.sign({ name: 'ingest', names: ['localhost'], use: 'server' });
  const contents = [serving.cert, serving.key, authority.cert];
  await Promise.all(files.map((file, i) => writeFile(file, contents[i] ?? '')));
  const [certFile, keyFile, clientCaFile] = files;
  const failed = (error: unknown) => assert.fail(String(error));
  const credentials = await grpcCredentials({ certFile, keyFile, clientCaFile }, { replaced() {}, failed });
  const setup = await setUp({ ...options, credentials });
  t.after(async () => {
    await setup[Symbol.asyncDispose]();
    await credentials.close();
    await rm(folder, { recursive: true });
  });
  return {
    ...setup,
    async client(notAfter: number) {
      const client = await authority.sign({ name: 'web', use: 'client', notAfter });
      return () => {
        const session = connect(`https://localhost:${setup.server.port}`, { ca: authority.cert, ...client });
        return session.on('error', () => {});
      };
    },
  };
}

test('a connection ends once the certificate of its client has expired', async (t) => {
  const patience = { ...TICK, leave: 100, linger: 100 };
  const { client, counts, seen } = await setUpMutual(t, { patience });
  const dial = await client(Date.now() + 3_000);
  const session = dial();
  const stream = openRaw(session);
  const answer = answerOf(stream);
  stream.write(framed('one'));
  await once(seen, 'message');
  assert.equal((await answer).code, 'OK');
  await once(session, 'close');
  assert.equal(counts.rotated, 1);

  await once(dial(), 'close');
  assert.equal(counts.ended, 1, 'no stream of an expired certificate');
});

test('a TLS connection that sends messages or answers PINGs is not silent', async (t) => {
  const patience = { ...TICK, silence: 60, pong: 60 };
  const { client, counts, server } = await setUpMutual(t, { patience });
  const dial = await client(Date.now() + 60_000);
  const [busy, idle] = [dial(), dial()];
  let pings = 0;
  idle.on('ping', () => pings++);
  openRaw(idle).write(framed('idle'));
  const stream = openRaw(busy);
  using _timer = setInterval(() => stream.write(framed('busy')), 20);
  await until(() => pings >= 5 && counts.messages.length >= 20, { what: 'some PINGs' });
  assert.equal(server.streams, 2);
  busy.destroy();
  idle.destroy();
});
