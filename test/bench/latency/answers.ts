import { setTimeout as sleep } from 'node:timers/promises';
import { openStream } from '../../e2e/client.ts';
import { flushOf } from '../../e2e/messages.ts';
import { createQuery, type Query } from '../../e2e/query.ts';
import { startStack } from '../../e2e/stack.ts';
import { startLoad } from '../lib/measure.ts';
import { percentile } from '../lib/statistics.ts';
import { table } from '../lib/table.ts';

const NAMESPACE = 'probes';
const PROBES = 20;
/** Time between two flushes of a probe, in ms, and what is added at random, so that they fall everywhere. */
const FLUSH_MS = 1_000;

/**
 * From a flush's arrival to the API's answer: probes flush beside `streams` streams with a flush of 13 KB a second, and
 * after each flush api is asked until it has the value. One question after another, so a value that is there just
 * after a question has left costs a whole turn more: the figures are upper bounds.
 */
export async function answerLatency(streams: number, seconds: number): Promise<string> {
  await using stack = await startStack();
  await using load = startLoad(stack.ingest.grpcPort, {
    file: 'envoy/default.bin',
    skip: 3,
    streams,
    rate: 1,
    seconds: 2 * seconds + 60,
  });
  await load.line((line) => line.includes('"event":"warm"') || undefined, 'its streams were warm');
  const end = performance.now() + seconds * 1_000;
  const probes = await Promise.all(
    Array.from({ length: PROBES }, (_, index) =>
      probe(stack.ingest.grpcPort, stack.api.securePort, index, end),
    ),
  );
  const { flushes, questions } = {
    flushes: probes.flatMap(({ took }) => took.slice(2)), // the stream's opening is not a flush
    questions: probes.flatMap(({ asked }) => asked),
  };
  const row = (name: string, values: readonly number[]) => [
    name,
    String(values.length),
    ...[0.5, 0.9, 0.99, 1].map((q) => percentile(values, q).toFixed(1)),
  ];
  const head = ['ms', 'number', 'p50', 'p90', 'p99', 'longest'];
  const rows = [row('from sending a flush to the answer', flushes), row('one query for it', questions)];
  return `${streams} streams with a flush of 13 KB a second:\n\n${table(head, rows)}`;
}

async function probe(grpcPort: number, securePort: number, index: number, end: number) {
  await using stream = openStream(grpcPort);
  await using query = createQuery(securePort);
  const took: number[] = [];
  const asked: number[] = [];
  const pod = `probe-${index}`;
  await sleep((index / PROBES) * FLUSH_MS);
  for (let flush = 1; performance.now() < end; flush += 1) {
    const start = performance.now();
    stream.push(flushOf({ namespace: NAMESPACE, pod, active: flush, flush }));
    while (!(await has(query, pod, flush, asked)));
    took.push(performance.now() - start);
    await sleep(FLUSH_MS * (0.9 + 0.2 * Math.random()));
  }
  return { took, asked };
}

async function has(query: Query, pod: string, active: number, asked: number[]): Promise<boolean> {
  const start = performance.now();
  const { values } = await query.ask(NAMESPACE, pod);
  asked.push(performance.now() - start);
  return values[pod] === String(active);
}
