import { Agent, request } from 'node:http';

/** Requests in flight in all, by the seconds since the start. */
export type Pattern = (seconds: number) => number;

/** One level after another, each for `seconds` and the first for half of that, over and over. */
export function steps(seconds: number, levels: readonly number[]): Pattern {
  return (time) => levels[Math.floor(time / seconds + 0.5) % levels.length] ?? 0;
}

/** The part of each of `count` pods, as a load balancer that counts requests divides them. */
export function share(total: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(total / count) + (i < total % count ? 1 : 0));
}

/**
 * Keeps as many requests in flight as the pattern says, divided over the ports. Each takes 0.3 to 1.5 s; one that ends
 * is replaced at once.
 * @param ports of the proxies that take requests now
 */
export function startTraffic(ports: () => readonly number[], pattern: Pattern): Disposable {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  const open = new Map<number, number>();
  let stopped = false;
  const fill = () => {
    if (stopped) return;
    const now = ports();
    const parts = share(pattern((performance.now() - start) / 1000), now.length);
    for (const [i, port] of now.entries())
      for (let missing = (parts[i] ?? 0) - (open.get(port) ?? 0); missing > 0; missing--) send(port);
  };
  const send = (port: number) => {
    open.set(port, (open.get(port) ?? 0) + 1);
    const delay = 300 + Math.round(Math.random() * 1200);
    const sent = request({ host: '127.0.0.1', port, path: `/?delay=${delay}`, agent });
    sent.once('response', (response) => response.on('error', () => {}).resume());
    let failed = false;
    sent.on('error', () => {
      failed = true;
    });
    sent.once('close', () => {
      open.set(port, (open.get(port) ?? 1) - 1);
      if (!failed) fill(); // else the timer retries, so that a stopped proxy is not hammered
    });
    sent.end();
  };
  const timer = setInterval(fill, 100);
  return {
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
      agent.destroy();
    },
  };
}
