import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type {
  DemandAnswer,
  DemandQuestion,
  MetricAnswer,
  Question,
  Simulation,
  Snapshot,
} from '@activescale/devkit';

/** The code of ingest in a process in simulated time. */
export interface SimulatedIngest {
  /** @throws the error of a stream whose bytes are not what Envoy sends */
  /** @returns what the store holds at each moment */
  simulate(simulation: Simulation): Promise<readonly Snapshot[]>;
  close(): void;
}

/** The code of both services in processes of their own, in simulated time. */
export interface Services {
  ingest(simulation: Simulation): Promise<readonly Snapshot[]>;
  /** The answers to each question, by metric. */
  api(questions: readonly Question[]): Promise<readonly ReadonlyMap<string, MetricAnswer>[]>;
  demand(questions: readonly DemandQuestion[]): Promise<readonly DemandAnswer[]>;
  close(): void;
}

export function startSimulatedIngest(): SimulatedIngest {
  const child = start('services/ingest/src/testing/simulated-ingest.ts');
  return {
    simulate: (simulation) => ask<readonly Snapshot[]>(child, simulation),
    close: () => void child.kill(),
  };
}

export function startServices(): Services {
  const ingest = startSimulatedIngest();
  const api = start('services/api/src/testing/simulated-api.ts');
  const demand = start('services/api/src/testing/simulated-demand.ts');
  return {
    ingest: ingest.simulate,
    api: (questions) => ask<ReadonlyMap<string, MetricAnswer>[]>(api, questions),
    demand: (questions) => ask<DemandAnswer[]>(demand, questions),
    close() {
      ingest.close();
      api.kill();
      demand.kill();
    },
  };
}

function start(file: string): ChildProcess {
  return fork(join(import.meta.dirname, '../..', file), {
    serialization: 'advanced',
    // Node marks the timers of node:test that a test can move as experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}

/** One answer to one message. @throws the error that is the answer, and Error if the process ends instead */
async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const ended = new AbortController();
  child.send(message);
  try {
    const [answer] = await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`${child.spawnargs.at(-1)} ended with ${code} during a simulation`);
      }),
    ]);
    if (answer instanceof Error) throw answer;
    return answer as Answer;
  } finally {
    ended.abort();
  }
}
