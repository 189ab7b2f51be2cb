import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DashboardSource } from '../view/source.ts';
import { createToken, hasToken, namesThisServer } from './access.ts';
import { readAssets } from './assets.ts';
import { createEventSender, startEventStream } from './event-stream.ts';
import { createFeeds } from './feeds.ts';
import { parseView, type View } from './views.ts';

export interface Dashboard extends AsyncDisposable {
  /** With the token. Anyone who has it sees what the source shows. */
  readonly url: string;
}

export interface DashboardOptions {
  readonly source: DashboardSource;
  /** 0: any free port. */
  readonly port: number;
}

const HOST = '127.0.0.1';
/** Connections, and streams of events among them. */
const MAX_CONNECTIONS = 64;
const MAX_STREAMS = 16;
const MAX_HEADER_BYTES = 8 * 1024;
/** In ms. */
const REQUEST_MS = 10_000;

const HEADERS = {
  // https://www.w3.org/TR/trusted-types/ makes it an error to insert a text as HTML.
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * Serves the page on 127.0.0.1. The files of the page are public; its data needs the token, which the page has from the URL's
 * fragment and sends in a header, so that no request of another site has it. Rejects if the port is in use.
 */
export async function startDashboard({ source, port }: DashboardOptions): Promise<Dashboard> {
  const token = createToken();
  const assets = readAssets();
  const feeds = createFeeds((view) =>
    view.of === 'overview' ? source.overview(view.query) : source.detail(view.name),
  );
  let streams = 0;

  const stream = (view: View, response: ServerResponse) => {
    if (streams >= MAX_STREAMS) return refuse(response, 503, `more than ${MAX_STREAMS} pages are open`);
    const send = createEventSender(response);
    const stop = feeds.watch(view, send);
    if (stop === undefined) return refuse(response, 503, 'too many different views are open');
    streams++;
    response.once('close', () => {
      streams--;
      stop();
    });
    startEventStream(response);
  };

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!namesThisServer(request.headers.host, bound))
      return refuse(response, 421, `this server is ${HOST}:${bound}`);
    if (request.method !== 'GET') return refuse(response, 405, 'only GET');
    const url = urlOf(request);
    const asset = assets.get(url?.pathname ?? '');
    if (asset !== undefined) {
      response.writeHead(200, { 'content-type': asset.type, 'content-length': asset.body.length });
      return void response.end(asset.body);
    }
    if (url === undefined || !url.pathname.startsWith('/api/')) return refuse(response, 404, 'no such page');
    if (!hasToken(request.headers.authorization, token))
      return refuse(response, 401, 'open the URL that activescale dashboard printed');
    const view = parseView(url);
    if (view === undefined) return refuse(response, 404, 'no such view');
    stream(view, response);
  };

  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS },
    answer,
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${bound}/#token=${token}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${why}\n`);
}

/** undefined: its target is not a path. */
function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  try {
    return new URL(`http://${HOST}${url}`);
  } catch {
    return undefined;
  }
}
