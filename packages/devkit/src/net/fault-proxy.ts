import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP proxy on 127.0.0.1 whose network is as bad as a test asks for. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** host:port, as VALKEY_ADDR has it. */
  readonly addr: string;
  /** Connections that clients hold now. */
  readonly connections: number;
  /** Connections that were refused so far. */
  readonly refused: number;
  /** Every byte takes so much longer, in ms, each way. Order is kept. */
  delay(ms: number): void;
  /**
   * A black hole: nothing passes either way, neither bytes nor the end of a connection, and new connections are
   * taken and lead nowhere. What is sent meanwhile arrives after `heal`, as TCP sends again what was lost: also
   * from clients that have long given up.
   */
  stall(): void;
  /** Ends all connections by RST. */
  reset(): void;
  /** Ends all connections, and every new one, by RST: as a host that is there without its server. */
  refuse(): void;
  /** Passes what the server says through `change`, chunk by chunk. */
  rewrite(change: (bytes: Buffer) => Buffer): void;
  /** Takes everything back. */
  heal(): void;
}

const SAME = (bytes: Buffer): Buffer => bytes;

/** In front of a server on `targetPort` of 127.0.0.1. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let delay = 0;
  let refusing = false;
  let refused = 0;
  let change = SAME;
  let gate = openGate();

  /** Passes on what `from` sends, and then its end, each when its time has come. */
  const carry = (from: Socket, to: Socket, changed: (bytes: Buffer) => Buffer): void => {
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = (act: () => void): void => {
      const due = delay > 0 ? sleep(delay) : undefined;
      last = last
        .then(() => due)
        .then(() => gate.passed)
        .then(act);
    };
    from.on('data', (bytes: Buffer) => inTurn(() => void to.write(changed(bytes))));
    from.on('end', () => inTurn(() => void to.end()));
    from.on('close', () => inTurn(() => void to.destroy()));
    from.on('error', () => {}); // its close follows
  };

  const resetAll = (): void => {
    for (const socket of [...pairs].flat()) reset(socket);
  };

  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    if (refusing) {
      refused += 1;
      client.resetAndDestroy();
      return;
    }
    client.setNoDelay(true);
    const server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    client.on('close', () => pairs.delete(pair));
    carry(client, server, SAME);
    carry(server, client, (bytes) => change(bytes));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;

  const heal = (): void => {
    delay = 0;
    refusing = false;
    change = SAME;
    gate.open();
  };
  return {
    port,
    addr: `127.0.0.1:${port}`,
    get connections() {
      return pairs.size;
    },
    get refused() {
      return refused;
    },
    delay(ms) {
      delay = ms;
    },
    stall() {
      gate.open();
      gate = closedGate();
    },
    reset: resetAll,
    refuse() {
      refusing = true;
      resetAll();
    },
    rewrite(next) {
      change = next;
    },
    heal,
    async [Symbol.asyncDispose]() {
      proxy.close();
      for (const socket of [...pairs].flat()) socket.destroy();
      heal();
    },
  };
}

/**
 * By RST, unless its end is on the way: libuv refuses a reset then, and Node 26 would never release the handle, in
 * which its own end hangs.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

function openGate(): Gate {
  const gate = closedGate();
  gate.open();
  return gate;
}
