import { setTimeout as sleep } from 'node:timers/promises';
import { decideReplicas } from './decision.ts';
import { type Answered, createQuery } from './query.ts';
import { openScreen } from './screen.ts';
import { type Stack, startStack } from './stack.ts';
import type { Frame } from './table.ts';
import { steps } from './traffic.ts';
import { whenToEnd } from './when-to-end.ts';

const namespace = 'demo';
const hpa = { averageValue: 10, min: 1, max: 10 };
// The third is idle at first, then bursts.
const patterns = {
  'web-7d4b9c-alpha': steps(6, [4, 9, 15, 22, 12, 7]),
  'web-7d4b9c-bravo': steps(9, [12, 3, 18]),
  'web-7d4b9c-delta': steps(5, [0, 8, 30, 8]),
};

const end = whenToEnd(process.env);
try {
  process.stdout.write('starting Valkey, ingest, api and three Envoys ...\n');
  await using stack = await startStack(namespace, patterns);
  await show(stack, end);
} catch (error) {
  // Whoever ended the demo while it started is not to be told that a start failed.
  if (!end.aborted) throw error;
}
process.exit(0);

async function show(stack: Stack, end: AbortSignal): Promise<void> {
  using query = createQuery(stack.securePort, namespace);
  using screen = openScreen(process.stdout);
  while (!end.aborted) {
    screen.draw(await look(stack, query.ask));
    await sleep(screen.every, undefined, { signal: end }).catch(() => {});
  }
}

async function look(stack: Stack, ask: () => Promise<ReadonlyMap<string, Answered>>): Promise<Frame> {
  let answers: ReadonlyMap<string, Answered> = new Map();
  let trouble: string | undefined;
  try {
    answers = await ask();
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  }
  const rows = stack.pods.map(({ name, upstream }) => {
    const answer = answers.get(name);
    const known = answer && { answer: answer.value, age: Math.max(0, Date.now() - answer.timestamp) };
    return { pod: name, truth: upstream.inFlight(), ...known };
  });
  const values = new Map(stack.pods.map(({ name }) => [name, answers.get(name)?.value]));
  const { averageValue } = hpa;
  return { rows, averageValue, replicas: decideReplicas(values, hpa), ...(trouble && { trouble }) };
}
