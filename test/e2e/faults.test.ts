import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ingest, startIngest, until } from '@activescale/devkit';
import { openStream, type Stream } from './client.ts';
import { type ForgedPod, forgePod } from './forged-pod.ts';
import { startStack } from './stack.ts';
import { METRICS, readStore, recordsOf, valuesOf } from './truth/served.ts';

const namespace = 'shop';
const HOUR = 3_600_000;
/** 5 in flight all the time, whatever happens to the sources that report them. */
const LOAD = { perSecond: 100, duration: 0.05 };
const SECONDS = 22;

/** What a fault does with a pod's flush of a second. */
interface Turn {
  readonly second: number;
  readonly pod: ForgedPod;
  readonly stream: Stream;
  /** Ends the stream and opens another, to the other ingest if that is asked for. */
  reopen(other?: boolean): Stream;
}

const push = (stream: Stream, messages: readonly Buffer[]) => {
  for (const message of messages) stream.push(message);
};
const usual = ({ pod, stream }: Turn) => push(stream, pod.flush(LOAD));

/** By name of their pod; the fault comes at the sixth second and, where it may, again. */
const FAULTS: Readonly<Record<string, (turn: Turn) => void>> = {
  'counters-fall': (turn) => {
    if (turn.second === 6) turn.pod.restart('hot');
    usual(turn);
  },
  'hot-restart': (turn) => {
    if (turn.second % 6 !== 0) return usual(turn);
    turn.pod.restart('hot');
    push(turn.reopen(), turn.pod.flush(LOAD));
  },
  restart: (turn) => {
    if (turn.second !== 6) return usual(turn);
    turn.pod.restart('cold');
    push(turn.reopen(), turn.pod.flush(LOAD));
  },
  reconnects: (turn) => {
    if (turn.second !== 6) return usual(turn);
    push(turn.reopen(true), turn.pod.flush(LOAD));
  },
  'takes-turns': (turn) => {
    if (turn.second % 3 !== 0) return usual(turn);
    push(turn.reopen(true), turn.pod.flush(LOAD));
  },
  'loses-one': ({ second, pod, stream }) => {
    const messages = pod.flush(LOAD);
    if (second !== 6) push(stream, messages);
  },
  'loses-three': ({ second, pod, stream }) => {
    const messages = pod.flush(LOAD);
    if (second < 6 || second > 8) push(stream, messages);
  },
  'clock-forward': (turn) => {
    if (turn.second === 6) turn.pod.setClock(HOUR);
    usual(turn);
  },
  'clock-back': (turn) => {
    if (turn.second === 6) turn.pod.setClock(-HOUR);
    usual(turn);
  },
  'parts-in-any-order': ({ second, pod, stream }) => {
    const parts = pod.flush(LOAD, 5);
    push(stream, second % 2 === 0 ? parts.reverse() : parts);
  },
  stragglers: straggling(),
};

/** Of some flushes a part comes after the next has begun, or never. */
function straggling(): (turn: Turn) => void {
  let straggler: Buffer | undefined;
  return ({ second, pod, stream }) => {
    const [first, ...others] = pod.flush(LOAD, 5) as [Buffer, ...Buffer[]];
    // Of only one flush the family comes that belongs to no scope.
    if (second === 12) return push(stream, others.slice(1, 2));
    const late = straggler;
    straggler = second === 6 || second === 9 ? first : undefined;
    push(stream, straggler === undefined ? [first, ...others] : others);
    if (late !== undefined && second < 9) stream.push(late);
  };
}

test('no fault on the way makes a spike, a gap, a negative value or none', { timeout: 90_000 }, async (t) => {
  await using stack = await startStack();
  await using store = await readStore(stack);
  await using other = await startIngest({ VALKEY_ADDR: stack.valkey.addr });
  await using players = new AsyncDisposableStack();
  const pods = Object.entries(FAULTS).map(([name, fault]) => {
    const player = play(name, fault, [stack.ingest, other]);
    players.use(player);
    return player;
  });
  const asked = new Map<string, number>();
  const begun = performance.now();
  for (let second = 1; second <= SECONDS; second++) {
    for (const pod of pods) pod.turn(second);
    await sleep(begun + second * 1_000 - performance.now() - 500);
    for (const metric of METRICS) {
      for (const [pod, value] of Object.entries(await valuesOf(stack.query, namespace, metric))) {
        const key = `${pod} ${metric}`;
        asked.set(key, (asked.get(key) ?? 0) + 1);
        const most = MOST[metric];
        assert.ok(value >= 0 && value <= most, `second ${second}: ${key} is ${value}, over ${most}`);
      }
    }
    await sleep(Math.max(0, begun + second * 1_000 - performance.now()));
  }
  for (const pod of Object.keys(FAULTS)) {
    // Its first flush alone knows no rate, and too few durations for a quantile.
    for (const metric of METRICS) {
      assert.ok((asked.get(`${pod} ${metric}`) ?? 0) >= SECONDS - 4, `${pod} has no ${metric}`);
    }
  }

  for (const [metric, [least, most]] of Object.entries(AT_THE_END)) {
    const values = await valuesOf(stack.query, namespace, metric);
    for (const pod of Object.keys(FAULTS)) {
      const value = values[pod] ?? Number.NaN;
      assert.ok(value >= least && value <= most, `${pod} ${metric}: ${value} not in ${least} to ${most}`);
    }
  }

  await t.test('two ingest processes that take turns leave no gap in the slots', async () => {
    const slots = async () =>
      (await recordsOf(store, namespace, ['takes-turns'])).get('takes-turns')?.slots ?? [];
    const covered = async () => Math.round((await slots()).reduce((sum, { length }) => sum + length, 0));
    await until(async () => (await covered()) >= (SECONDS - 1) * 1_000, { what: 'its last flush' });
    assert.equal(await covered(), (SECONDS - 1) * 1_000);
    const started = (await slots()).reduce((sum, { started }) => sum + started, 0);
    assert.equal(started, (SECONDS - 1) * LOAD.perSecond);
  });
});

/** No answer may exceed these: what is true, and what an estimate is off by. */
const MOST: Readonly<Record<(typeof METRICS)[number], number>> = {
  active_requests: 5,
  active_requests_mean_10s: 5.5,
  active_requests_mean_1m: 5.5,
  active_requests_max_1m: 6,
  requests_per_second: 102,
  request_duration_seconds_mean: 0.0525,
  request_duration_seconds_p95: 0.05,
  request_error_ratio: 0,
};

/** With all faults over: an Envoy that restarts takes the counts of its last second with it. */
const AT_THE_END: Readonly<Record<string, readonly [number, number]>> = {
  active_requests: [5, 5],
  active_requests_mean_10s: [4.7, 5.3],
  active_requests_mean_1m: [4.7, 5.3],
  active_requests_max_1m: [5, 6],
  requests_per_second: [98, 102],
  request_duration_seconds_mean: [0.0475, 0.0525],
};

interface Player extends AsyncDisposable {
  turn(second: number): void;
}

function play(name: string, fault: (turn: Turn) => void, [first, second]: readonly [Ingest, Ingest]): Player {
  const pod = forgePod({ namespace, pod: name, started: 1_000_000 });
  let ingest = first;
  let stream = openStream(ingest.grpcPort);
  const closing: PromiseLike<void>[] = [];
  const reopen = (toOther = false): Stream => {
    closing.push(stream[Symbol.asyncDispose]());
    if (toOther) ingest = ingest === first ? second : first;
    stream = openStream(ingest.grpcPort);
    return stream;
  };
  return {
    turn: (at) => fault({ second: at, pod, stream, reopen }),
    async [Symbol.asyncDispose]() {
      await Promise.all([...closing, stream[Symbol.asyncDispose]()]);
    },
  };
}

test('a pod of another name on the same IP, and one of the same name on another, start again', async () => {
  await using stack = await startStack();
  const old = forgePod({ namespace, pod: 'web-0', started: 10 });
  const renamed = forgePod({ namespace, pod: 'web-1', started: 5_000_000 });
  const recreated = forgePod({ namespace, pod: 'web-0', ip: '10.1.0.8', started: 7_000_000 });
  await using first = openStream(stack.ingest.grpcPort);
  const start = performance.now();
  // Envoy's clock goes as ours does, however long the queries take.
  const second = (i: number) => sleep(Math.max(0, start + i * 1_000 - performance.now()));
  for (let i = 1; i <= 4; i++) {
    push(first, old.flush(LOAD));
    await second(i);
  }
  await first[Symbol.asyncDispose]();
  await using streamOfRenamed = openStream(stack.ingest.grpcPort);
  await using streamOfRecreated = openStream(stack.ingest.grpcPort);
  for (let i = 5; i <= 10; i++) {
    push(streamOfRenamed, renamed.flush(LOAD));
    push(streamOfRecreated, recreated.flush(LOAD));
    await second(i);
    for (const metric of METRICS) {
      for (const [pod, value] of Object.entries(await valuesOf(stack.query, namespace, metric))) {
        assert.ok(value >= 0 && value <= MOST[metric], `${pod} ${metric}: ${value}`);
      }
    }
  }
  const rates = await valuesOf(stack.query, namespace, 'requests_per_second');
  for (const pod of ['web-0', 'web-1']) assert.ok((rates[pod] ?? 0) > 98, `${pod}: ${rates[pod]}`);
});
