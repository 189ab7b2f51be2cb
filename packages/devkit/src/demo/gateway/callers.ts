import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pattern } from '../traffic.ts';

/** Callers of one Service, which retry a request that the gateway answers with 503. */
export interface Callers extends Disposable {
  /** Calls without an answer so far: a request is in flight or will be retried. */
  waiting(): number;
  /** Durations of the calls whose first request was rejected, in ms. */
  coldStarts(): readonly number[];
}

const RETRY_MS = 500;

/** Keeps as many calls open as the pattern requires; each takes 0.3 to 1.5 s when it is answered at once. */
export function startCallers(url: string, pattern: Pattern): Callers {
  const agent = new Agent({ keepAlive: true });
  const ending = new AbortController();
  const start = performance.now();
  const coldStarts: number[] = [];
  let open = 0;

  const call = async (): Promise<void> => {
    const began = performance.now();
    const delay = 300 + Math.round(Math.random() * 1200);
    let wasRejected = false;
    while (!ending.signal.aborted && !(await isAnswered(`${url}?delay=${delay}`, agent))) {
      wasRejected = true;
      await sleep(RETRY_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
    if (wasRejected && !ending.signal.aborted) coldStarts.push(performance.now() - began - delay);
  };
  const fill = () => {
    for (const wanted = pattern((performance.now() - start) / 1000); open < wanted; ) {
      open++;
      void call().finally(() => {
        open--;
      });
    }
  };
  const timer = setInterval(fill, 50);
  return {
    waiting: () => open,
    coldStarts: () => coldStarts,
    [Symbol.dispose]() {
      clearInterval(timer);
      ending.abort();
      agent.destroy();
    },
  };
}

function isAnswered(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = get(url, { agent }, (response) => {
      response.on('error', () => {}).resume();
      response.once('close', () => resolve(response.complete && response.statusCode === 200));
    });
    sent.once('error', () => resolve(false));
  });
}
