import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { epoch } from '@activescale/devkit';

export interface ClientsData {
  readonly port: number;
  readonly perSecond: number;
}

/** What the clients tell when they are asked for it. */
export type Report = readonly [start: number, end: number][];

const REQUEST = 'GET / HTTP/1.1\r\nhost: web\r\n\r\n';

/** A machine that is too slow for the rate gets late requests, and not more of them at once than this. */
const MAX_OPEN = 200;

/** A thread that sends requests at a rate, each on a connection that is free, until it is asked for its log. */
function clients({ port, perSecond }: ClientsData): void {
  const log: [number, number][] = [];
  const free: Socket[] = [];
  const starts = new WeakMap<Socket, number>();
  let opened = 0;
  const open = () => {
    if (opened === MAX_OPEN) return undefined;
    opened++;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answer = '';
    socket.on('data', (bytes) => {
      answer = (answer + bytes.toString('latin1')).slice(-7);
      if (answer !== '\r\n\r\nok\n') return;
      log.push([starts.get(socket) as number, epoch()]);
      free.push(socket);
    });
    return socket;
  };
  const begun = performance.now();
  let sent = 0;
  const send = () => {
    for (const due = ((performance.now() - begun) * perSecond) / 1000; sent < due; sent++) {
      const socket = free.pop() ?? open();
      if (socket === undefined) return;
      starts.set(socket, epoch());
      socket.write(REQUEST);
    }
  };
  const timer = setInterval(send, 1);
  parentPort?.on('message', () => {
    clearInterval(timer);
    parentPort?.postMessage(log satisfies Report);
  });
}

clients(workerData as ClientsData);
