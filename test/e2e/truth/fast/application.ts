import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { epoch } from '@activescale/devkit';

/** What the application tells: its port at the start, its log when it is asked for it. */
export type Report = { readonly port: number } | { readonly log: readonly [start: number, end: number][] };

/** Between two looks at what is due; Node's own timers are whole milliseconds. */
const TICK_MS = 0.25;

/** A thread that answers each request after `workerData.delay` ms, which may be a part of one. */
async function application(delay: number): Promise<void> {
  const log: [number, number][] = [];
  const waiting: { socket: Socket; start: number }[] = [];
  const answer = () => {
    while (waiting[0] !== undefined && epoch() - waiting[0].start >= delay) {
      const { socket, start } = waiting.shift() as (typeof waiting)[number];
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n');
      log.push([start, epoch()]);
    }
  };
  new Worker(new URL(import.meta.url), { workerData: 'ticker' }).on('message', answer);
  const server = createServer({ noDelay: true }, (socket) => {
    // Envoy sends one request a connection at a time, without a body.
    let head = '';
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        head = (head + bytes.toString('latin1')).slice(-4);
        if (head === '\r\n\r\n') waiting.push({ socket, start: epoch() });
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parentPort?.on('message', () => parentPort?.postMessage({ log } satisfies Report));
  parentPort?.postMessage({ port: (server.address() as AddressInfo).port } satisfies Report);
}

function tick(): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(never, 0, 0, TICK_MS);
    parentPort?.postMessage(0);
  }
}

if (workerData === 'ticker') tick();
else await application((workerData as { delay: number }).delay);
