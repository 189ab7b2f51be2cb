import { Agent, request } from 'node:http';

/** A pattern of load: how many requests are to be in flight at a time, in seconds since its start. */
export type Pattern = (seconds: number) => number;

/** One level after another, each for so many seconds, round and round. */
export function steps(seconds: number, levels: readonly number[]): Pattern {
  return (time) => levels[Math.floor(time / seconds) % levels.length] ?? 0;
}

/** Keeps as many requests in flight as the pattern says, each of 0.3 to 1.5 s; one that ends is replaced at once. */
export function startTraffic(port: number, pattern: Pattern): Disposable {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  let open = 0;
  let stopped = false;
  const fill = () => {
    const wanted = stopped ? 0 : pattern((performance.now() - start) / 1000);
    while (open < wanted) send();
  };
  const send = () => {
    open++;
    const delay = 300 + Math.round(Math.random() * 1200);
    const sent = request({ host: '127.0.0.1', port, path: `/?delay=${delay}`, agent });
    sent.once('response', (response) => response.on('error', () => {}).resume());
    let failed = false;
    sent.on('error', () => {
      failed = true;
    });
    sent.once('close', () => {
      open--;
      if (!failed) fill(); // else the timer tries again, so that a proxy that is gone is not hammered
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
