import { setTimeout as sleep } from 'node:timers/promises';
import { DYING, namespaceOf, namespacesOf, type Pods, podOf } from './pods.ts';
import { type Item, judge, type Truth, trueFrom, type Verdict } from './truth.ts';

/** What was answered between two moments. */
export interface Tally {
  answers: number;
  /** Questions that got no list: no connection, no answer in time, or a status that is not 200. */
  failed: number;
  items: number;
  /** Pods that push and were not in a list; their values. */
  missing: number;
  late: number;
  /** False or stale. */
  wrong: number;
  /** ms of the slowest answer. */
  slowest: number;
}

export interface WatchOptions {
  readonly truth: Truth;
  readonly pods: Pods;
  /** Asks for active_requests of all pods of a namespace; rejects when there is no answer. */
  readonly ask: (namespace: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** Called for each wrong item, up to a few. */
  readonly onWrong: (what: string) => void;
}

export interface Watch extends AsyncDisposable {
  /** What was answered since the last call. */
  take(): Tally;
  /** ms since the epoch from which on every answer was whole and in time; undefined: the last was not. */
  readonly rightSince: number | undefined;
  /** Valkey's clock differs from the machine's by this number of ms. Timestamps by the previous clock are true, too. */
  clockSet(by: number): void;
}

const PAUSE_MS = 100;
/** A client would wait longer, but to a controller that looks every 15 s this is no answer. In ms. */
const PATIENCE_MS = 2_000;
const MAX_REPORTED = 5;

/** Asks for all pods again and again, and holds every item against the truth. */
export function startWatch({ truth, pods, ask, onWrong }: WatchOptions): Watch {
  const closing = new AbortController();
  const expected = new Map(namespacesOf(pods).map((namespace) => [namespace, 0]));
  for (let pod = 0; pod < pods.count; pod += 1) {
    const namespace = namespaceOf(pods, pod);
    expected.set(namespace, (expected.get(namespace) ?? 0) + 1);
  }
  let tally = emptyTally();
  let clocks = [0];
  let rightSince: number | undefined;
  let reported = 0;

  const judgeBest = (item: Item): Verdict => {
    const verdicts = clocks.map((by) => judge(truth, { ...item, timestamp: item.timestamp - by }));
    return verdicts.find((verdict) => verdict !== 'false') ?? 'false';
  };

  /** Whether the answer was whole and in time. */
  const question = async (namespace: string): Promise<boolean> => {
    const asked = Date.now();
    const answer = await answerOf(ask(namespace));
    const answered = Date.now();
    tally.slowest = Math.max(tally.slowest, answered - asked);
    tally.answers += 1;
    if (answer === undefined) {
      tally.failed += 1;
      return false;
    }
    const before = { ...tally };
    const list = itemsOf(answer);
    for (const item of list) {
      const verdict = judgeBest({ ...item, asked, answered });
      if (verdict === 'late' && namespace !== DYING) tally.late += 1;
      if (verdict !== 'false' && verdict !== 'stale') continue;
      tally.wrong += 1;
      reported += 1;
      if (reported <= MAX_REPORTED)
        onWrong(
          `${verdict}: ${namespace}/web-${item.pod} is ${item.value} at ${item.timestamp}, true from ${trueFrom(truth, item)}, asked ${asked}`,
        );
    }
    tally.items += list.length;
    const lacking = Math.max(0, (expected.get(namespace) ?? 0) - list.length);
    tally.missing += lacking;
    return lacking === 0 && tally.late === before.late && tally.wrong === before.wrong;
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const began = Date.now();
      const right = await Promise.all([...expected.keys(), DYING].map(question));
      rightSince = right.every(Boolean) ? (rightSince ?? began) : undefined;
      await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    take() {
      const taken = tally;
      tally = emptyTally();
      return taken;
    },
    get rightSince() {
      return rightSince;
    },
    clockSet(by) {
      clocks = [...clocks.slice(-1), by];
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
    },
  };
}

function emptyTally(): Tally {
  return { answers: 0, failed: 0, items: 0, missing: 0, late: 0, wrong: 0, slowest: 0 };
}

/** The body of a list; undefined for any other answer, or none in time. */
async function answerOf(asking: Promise<{ status: number; body: string }>): Promise<string | undefined> {
  const late = new AbortController();
  try {
    const answer = await Promise.race([asking, sleep(PATIENCE_MS, undefined, { signal: late.signal })]);
    return answer?.status === 200 ? answer.body : undefined;
  } catch {
    return undefined;
  } finally {
    late.abort();
    asking.catch(() => {});
  }
}

interface List {
  readonly items: readonly {
    readonly describedObject: { readonly name: string };
    readonly timestamp: string;
    readonly value: string;
  }[];
}

function itemsOf(body: string): Pick<Item, 'pod' | 'value' | 'timestamp'>[] {
  return (JSON.parse(body) as List).items.map(({ describedObject, timestamp, value }) => ({
    pod: podOf(describedObject.name),
    value: numberOf(value),
    timestamp: Date.parse(timestamp),
  }));
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** A whole number as a Kubernetes quantity; NaN, which no truth is, for anything else. */
function numberOf(quantity: string): number {
  const [, digits, suffix = ''] = /^(\d+)([kMG]?)$/.exec(quantity) ?? [];
  return Number(digits) * (SUFFIXES[suffix] ?? Number.NaN);
}
