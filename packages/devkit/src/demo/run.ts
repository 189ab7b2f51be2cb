import { setTimeout as sleep } from 'node:timers/promises';
import { type DemoHpa, decideReplicas } from './decision.ts';
import { createComparison } from './observe/comparison.ts';
import { createScrape } from './observe/scrape.ts';
import { createQuery } from './query.ts';
import type { Decision, Summary } from './screen/summary.ts';
import type { Frame } from './screen/table.ts';
import type { Stack } from './stack.ts';
import { type Pattern, startTraffic } from './traffic.ts';

export interface DemoOptions {
  readonly stack: Stack;
  readonly namespace: string;
  readonly hpa: DemoHpa;
  /** Requests in flight in all. */
  readonly load: Pattern;
  readonly end: AbortSignal;
  draw(frame: Frame): void;
}

/** Sync period of the HPA, in s. kube-controller-manager's default is 15 s. */
const LOOK_EVERY = 5;
/** Seconds between two scrapes, as many adapters and Prometheus installations have them. */
const SCRAPE_EVERY = 15;
/** The load has begun by then. */
const FIRST_SCRAPE_MS = 1_000;
const COUNT_MS = 50;
const QUERY_MS = 250;

/** Shows load, values and decisions until the end, and lets the HPA scale. */
export async function runDemo({ stack, namespace, hpa, load, end, draw }: DemoOptions): Promise<Summary> {
  const { workload } = stack;
  const decisions: Decision[] = [];
  const failure = new AbortController();
  const ended = AbortSignal.any([end, failure.signal]);
  const portsNow = () => workload.pods().flatMap((pod) => pod.port() ?? []);
  const countsNow = () => new Map(workload.pods().flatMap((pod) => entryOf(pod.name, pod.inFlight())));

  using query = createQuery(stack.securePort, namespace);
  using _ = startTraffic(portsNow, load);
  const start = performance.now();
  const comparison = createComparison();
  const scrape = createScrape(SCRAPE_EVERY * 1_000, start + FIRST_SCRAPE_MS);
  using __ = every(COUNT_MS, () => {
    const now = performance.now();
    comparison.note(countsNow(), now);
    scrape.note(countsNow(), now);
  });
  let nextLook = start + LOOK_EVERY * 1_000;
  let scaling = Promise.resolve();

  while (!ended.aborted) {
    const { values, trouble } = await query.ask('pods/*/active_requests').then(
      (answered) => ({ values: answered, trouble: undefined }),
      (error: unknown) => ({ values: new Map<string, number>(), trouble: String(error) }),
    );
    const now = performance.now();
    const names = workload.pods().map(({ name }) => name);
    const of = (all: ReadonlyMap<string, number>) => new Map(names.map((name) => [name, all.get(name)]));
    const [pushed, scraped] = [of(values), of(scrape.values())];
    comparison.compare(known(pushed), { values: known(scraped), age: scrape.age(now) }, now);
    const decision = { pushed: decideReplicas(pushed, hpa), scraped: decideReplicas(scraped, hpa) };
    if (now >= nextLook) {
      nextLook += LOOK_EVERY * 1_000;
      decisions.push({ from: names.length, ...decision });
      scaling = workload.scale(decision.pushed).catch((error) => failure.abort(error));
    }
    const rows = workload.pods().map((pod) => {
      const [count, value] = [pod.inFlight(), pushed.get(pod.name)];
      const pending = value !== undefined && value !== count && comparison.isRecent(pod.name, value, now);
      return { pod: pod.name, count, pushed: value, pending, scraped: scraped.get(pod.name) };
    });
    draw({
      rows,
      hpa,
      decision,
      scrape: { age: scrape.age(now) / 1_000, every: SCRAPE_EVERY },
      look: { due: (nextLook - now) / 1_000, every: LOOK_EVERY },
      trouble,
    });
    await sleep(QUERY_MS, undefined, { signal: ended }).catch(() => {});
  }
  await scaling;
  failure.signal.throwIfAborted();
  return { seconds: (performance.now() - start) / 1_000, decisions, ...comparison.result() };
}

function entryOf(name: string, count: number | undefined): [string, number][] {
  return count === undefined ? [] : [[name, count]];
}

function known(values: ReadonlyMap<string, number | undefined>): ReadonlyMap<string, number> {
  return new Map([...values].flatMap(([name, value]) => entryOf(name, value)));
}

function every(ms: number, run: () => void): Disposable {
  run();
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
