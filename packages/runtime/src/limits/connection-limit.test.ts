import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ConnectionLimits, limitConnections } from './connection-limit.ts';

/** A server that greets, and clients from addresses of the loopback network. */
async function start(t: TestContext, limits: ConnectionLimits) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('hello');
  });
  const state = { now: 0, closed: 0 };
  limitConnections(
    server,
    limits,
    () => state.closed++,
    () => state.now,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** Resolves once it was greeted, or closed. */
  const open = async (from: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    sockets.push(socket);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
    return socket;
  };
  return { open, state };
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket.resume(), 'close');
}

test('of an address with too many connections the oldest is closed', async (t) => {
  const { open, state } = await start(t, { total: 100, perAddress: 2, closes: 'oldest' });
  const first = await open('127.0.0.1');
  const second = await open('127.0.0.1');
  const other = await open('127.0.0.2');
  const third = await open('127.0.0.1');
  await closed(first);
  assert.deepEqual(
    [second, other, third].map((each) => each.closed),
    [false, false, false],
  );
  assert.equal(state.closed, 1);
  second.destroy();
  await open('127.0.0.1');
  assert.equal(third.closed, false, 'a connection that has ended does not count');
});

test('or the newest, where connections are to live', async (t) => {
  const { open } = await start(t, { total: 100, perAddress: 2, closes: 'newest' });
  const first = await open('127.0.0.1');
  const second = await open('127.0.0.1');
  await closed(await open('127.0.0.1'));
  assert.deepEqual([first.closed, second.closed], [false, false]);
});

test('with too many connections in total the address with the most loses one', async (t) => {
  const { open } = await start(t, { total: 4, perAddress: 4, closes: 'oldest' });
  const [oldest, ...more] = [await open('127.0.0.9'), await open('127.0.0.9'), await open('127.0.0.9')];
  const others = [await open('127.0.0.1'), await open('127.0.0.2')];
  assert.ok(oldest);
  await closed(oldest);
  assert.ok([...more, ...others].every((each) => !each.closed));
});

test('with too many addresses of one connection each, the newest loses it, where connections are to live', async (t) => {
  const { open } = await start(t, { total: 3, perAddress: 2, closes: 'newest' });
  const kept = [await open('127.0.0.1'), await open('127.0.0.2'), await open('127.0.0.3')];
  for (const address of ['127.0.0.4', '127.0.0.5']) await closed(await open(address));
  assert.deepEqual(
    kept.map((each) => each.closed),
    [false, false, false],
  );
});

test('an address that opens connections too fast is refused until its budget is refilled', async (t) => {
  const opening = { burst: 2, perSecond: 1 };
  const { open, state } = await start(t, { total: 100, perAddress: 100, closes: 'newest', opening });
  for (let i = 0; i < 2; i++) (await open('127.0.0.1')).destroy();
  await closed(await open('127.0.0.1'));
  assert.equal((await open('127.0.0.2')).closed, false);
  state.now = 1_000;
  assert.equal((await open('127.0.0.1')).closed, false);
});

test('an exempt address is limited only in total, and others lose their connections first', async (t) => {
  const { open } = await start(t, {
    total: 5,
    perAddress: 2,
    closes: 'newest',
    opening: { burst: 2, perSecond: 1 },
    isExempt: (address) => address === '127.0.0.1',
  });
  const other = await open('127.0.0.2');
  const exempt = [await open('127.0.0.1'), await open('127.0.0.1'), await open('127.0.0.1')];
  exempt.push(await open('127.0.0.1'));
  exempt.push(await open('127.0.0.1'));
  await closed(other);
  await closed(await open('127.0.0.1'));
  assert.deepEqual(
    exempt.map((each) => each.closed),
    [false, false, false, false, false],
  );
});
