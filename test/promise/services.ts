import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MetricAnswer, Question, Simulation, Snapshots } from '@activescale/devkit';

/** The code of both services, each in its own process, in simulated time. */
export interface Services {
  ingest(simulation: Simulation): Promise<Snapshots>;
  /** The answers to each question, by metric. */
  api(questions: readonly Question[]): Promise<readonly ReadonlyMap<string, MetricAnswer>[]>;
  close(): void;
}

export function startServices(): Services {
  const ingest = start('services/ingest/src/testing/simulated-ingest.ts');
  const api = start('services/api/src/testing/simulated-api.ts');
  return {
    ingest: (simulation) => ask<Snapshots>(ingest, simulation),
    api: (questions) => ask<ReadonlyMap<string, MetricAnswer>[]>(api, questions),
    close() {
      ingest.kill();
      api.kill();
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

/** One answer to one message. @throws Error if the process ends instead */
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
    return answer as Answer;
  } finally {
    ended.abort();
  }
}
