import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { epoch, type Served } from './served.ts';

/** What became of a load's requests. */
export interface LoadReport {
  /** Answered with a status under 500. */
  answered: number;
  /** Answered with 500 or more. */
  errors: number;
  /** Not answered: connection refused, cut, or given up by `stop`. */
  failed: number;
}

export interface Load extends AsyncDisposable {
  readonly report: Readonly<LoadReport>;
  /** Requests sent and not ended. */
  open(): number;
  /** All requests as the clients saw them: longer than in the application, by the time spent in between. */
  log(): readonly Readonly<Served>[];
  /** Resolves when all requests that this load was to send have ended. */
  readonly finished: Promise<LoadReport>;
  /** Sends no more, cuts what is open, and waits for its end. */
  stop(): Promise<LoadReport>;
}

interface Target {
  port: number;
  /** The path of each request; it may hold a delay for the upstream, e.g. `/?delay=50`. */
  path?: string | (() => string);
  headers?: Readonly<Record<string, string>>;
}

/** `count` requests at once that the upstream holds until its `release`. */
export function holdOpen(target: Target & { count: number }): Load {
  return load({ path: '/hold', ...target }, async (send) => {
    for (let sent = 0; sent < target.count; sent++) send();
  });
}

/** `count` requests spread evenly over `withinMs`. */
export function burst(target: Target & { count: number; withinMs: number }): Load {
  return load(target, (send, signal) =>
    paced(send, (elapsed) => (target.count * elapsed) / target.withinMs, target.count, signal),
  );
}

/** `perSecond` requests a second, whether they are answered or not, until it is stopped. */
export function constantRate(target: Target & { perSecond: number }): Load {
  return load(target, (send, signal) =>
    paced(send, (elapsed) => (target.perSecond * elapsed) / 1000, Infinity, signal),
  );
}

/** As many on average, independent of one another, so that no clock is in phase with them. */
export function poissonRate(target: Target & { perSecond: number }): Load {
  return load(target, (send, signal) => paced(send, poisson(target.perSecond), Infinity, signal));
}

/** Arrivals that are independent of one another. */
export function poisson(perSecond: number): Source['due'] {
  let count = 0;
  let next = exponential(1000 / perSecond)();
  return (elapsed) => {
    for (; next <= elapsed; next += exponential(1000 / perSecond)()) count++;
    return count;
  };
}

/** Exponentially distributed numbers with this mean. */
export const exponential = (mean: number) => () => -mean * Math.log(1 - Math.random());

/** What a client asks for. */
export interface Plan {
  /** It may hold a delay for the upstream, e.g. `/?delay=50`. */
  readonly path: string;
  /** ms after which the client cuts the connection; undefined: it waits. */
  readonly patience?: number | undefined;
  /** It asks for a WebSocket, and keeps it until the load is stopped. */
  readonly webSocket?: boolean;
}

/** A stream of requests. */
export interface Source {
  /** How many are to have been sent by then. */
  readonly due: (elapsedMs: number) => number;
  readonly plan: () => Plan;
}

/** Requests from several sources at once, until it is stopped. */
export function mixed(port: number, sources: readonly Source[]): Load {
  return load({ port }, async (send, signal) => {
    const all = sources.map(({ due, plan }) => paced(() => send(plan()), due, Infinity, signal));
    await Promise.all(all);
  });
}

/** Sends what is due by the clock, so that a slow timer makes requests late and never fewer. */
async function paced(
  send: () => void,
  due: (elapsedMs: number) => number,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < count && !signal.aborted; ) {
    for (const target = Math.min(count, due(performance.now() - start)); sent < target; sent++) send();
    await sleep(2, undefined, { signal }).catch(() => {});
  }
}

const WEB_SOCKET = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
};

type Send = (plan?: Plan) => void;

function load(target: Target, schedule: (send: Send, signal: AbortSignal) => Promise<void>): Load {
  const agent = new Agent({ keepAlive: true });
  const report: LoadReport = { answered: 0, errors: 0, failed: 0 };
  const open = new Set<{ destroy(): void }>();
  const log: Served[] = [];
  const ending = new AbortController();
  let ended = () => {};

  const close = (one: { destroy(): void }, outcome: keyof LoadReport) => {
    report[outcome]++;
    open.delete(one);
    if (open.size === 0) ended();
  };
  const send: Send = (plan) => {
    const path = plan?.path ?? (typeof target.path === 'function' ? target.path() : (target.path ?? '/'));
    const sent = request({
      host: '127.0.0.1',
      port: target.port,
      path,
      headers: { ...target.headers, ...(plan?.webSocket && WEB_SOCKET) },
      agent,
    });
    open.add(sent);
    const entry: Served = { path: new URL(path, 'http://upstream').pathname, start: epoch() };
    log.push(entry);
    let outcome: keyof LoadReport | 'upgraded' = 'failed';
    const patience =
      plan?.patience === undefined ? undefined : setTimeout(() => sent.destroy(), plan.patience);
    sent.once('upgrade', (_response, socket) => {
      outcome = 'upgraded';
      open.delete(sent);
      open.add(socket);
      socket.on('error', () => {}).resume();
      socket.once('close', () => {
        entry.end = epoch();
        close(socket, 'answered');
      });
    });
    sent.once('response', (response) => {
      response.once('end', () => {
        outcome = (response.statusCode ?? 500) < 500 ? 'answered' : 'errors';
      });
      response.on('error', () => {}).resume();
    });
    sent.on('error', () => {});
    sent.once('close', () => {
      clearTimeout(patience);
      if (outcome === 'upgraded') return;
      entry.end = epoch();
      close(sent, outcome);
    });
    sent.end();
  };
  const finish = async () => {
    await schedule(send, ending.signal);
    if (open.size > 0) {
      await new Promise<void>((resolve) => {
        ended = resolve;
      });
    }
    agent.destroy();
    return report;
  };
  const finished = finish();
  const stop = () => {
    ending.abort();
    for (const request of open) request.destroy();
    return finished;
  };
  return {
    report,
    open: () => open.size,
    log: () => log,
    finished,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
