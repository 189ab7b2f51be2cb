import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { epoch, type Served } from './served.ts';

export interface Upstream extends AsyncDisposable {
  readonly port: number;
  /** Requests that have come and not ended: the truth that every measured value is held against. */
  inFlight(): number;
  /** All requests since the start, in the order of their arrival. */
  log(): readonly Readonly<Served>[];
  /** Sets the duration of requests that name no delay, in ms. */
  setDelay(ms: number): void;
  /** From now on requests stay open until `release`. */
  hold(): void;
  /** Answers every held request and ends the holding. */
  release(): void;
  stop(): Promise<void>;
}

interface UpstreamOptions {
  /** ms that a request takes unless it names a delay. */
  delay?: number;
}

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/**
 * The application behind the proxies. `GET /?delay=300` (or the header x-delay: 300) answers after 300 ms,
 * `GET /hold` is answered at the next `release`, anything else after the default delay. With `status=503` the answer
 * has that status. `GET /chunks?delay=9000` answers at once and sends a piece of its body twice a second for 9 s. A
 * WebSocket is accepted on any path and stays open until its client or `stop` closes it.
 */
export async function startUpstream({ delay = 0 }: UpstreamOptions = {}): Promise<Upstream> {
  const log: Served[] = [];
  const held = new Set<ServerResponse>();
  let inFlight = 0;
  let holding = false;

  const hold: Answer = (_request, response) => {
    held.add(response);
    response.once('close', () => held.delete(response));
  };
  const wait: Answer = (request, response, url) => {
    const named = url.searchParams.get('delay') ?? request.headers['x-delay'];
    const timer = setTimeout(() => response.end('ok\n'), named === undefined ? delay : Number(named));
    response.once('close', () => clearTimeout(timer));
  };
  const chunks: Answer = (request, response, url) => {
    response.write('chunk\n');
    const timer = setInterval(() => response.write('chunk\n'), CHUNK_MS);
    response.once('close', () => clearInterval(timer));
    wait(request, response, url);
  };
  const paths: Readonly<Record<string, Answer>> = { '/hold': hold, '/chunks': chunks };

  /** Notes a request and gives what notes its end. */
  const begin = (path: string): (() => void) => {
    const entry: Served = { path, start: epoch() };
    log.push(entry);
    inFlight++;
    return () => {
      entry.end = epoch();
      inFlight--;
    };
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://upstream');
    response.once('close', begin(url.pathname));
    response.statusCode = Number(url.searchParams.get('status') ?? 200);
    request.resume();
    const answer = paths[url.pathname] ?? (holding ? hold : wait);
    answer(request, response, url);
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket) => {
    upgraded.add(socket);
    const end = begin(new URL(request.url ?? '/', 'http://upstream').pathname);
    socket.once('close', () => {
      upgraded.delete(socket);
      end();
    });
    socket.on('error', () => {}).on('end', () => socket.end());
    socket
      .resume()
      .write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  });
  server.keepAliveTimeout = 0; // Envoy keeps its connections; a close by this side races with its next request
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    inFlight: () => inFlight,
    log: () => log,
    setDelay: (ms) => {
      delay = ms;
    },
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const response of held) response.end('ok\n');
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Between two pieces of a body that is sent in chunks, in ms. */
const CHUNK_MS = 500;
