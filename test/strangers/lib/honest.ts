import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';
import type { Phase } from './phase.ts';

/** Honest clients in a process of their own: what an attacker does to this process does not delay them. */
export interface Honest extends AsyncDisposable {
  /** What they saw since the last call. */
  take(): Promise<Phase>;
}

/** @param script a file of ../honest, which prints {"event":"flowing"} when its clients are served */
export async function startHonest(
  script: string,
  options: Readonly<Record<string, string>>,
): Promise<Honest> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  await using starting = new AsyncDisposableStack();
  const child = starting.use(
    start({ command: process.execPath, args: [join(import.meta.dirname, '../honest', script), ...args] }),
  );
  await child.line((line) => line.includes('"flowing"') || undefined, 'its clients were served');
  const started = starting.move();
  let phases = 0;
  return {
    take: () => {
      phases += 1;
      return nextPhase(child, phases);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function nextPhase(child: Process, number: number): Promise<Phase> {
  const printed = child.line((line) => {
    const fields = line.startsWith('{') ? (JSON.parse(line) as Phase & { phase?: number }) : undefined;
    return fields?.phase === number ? fields : undefined;
  }, `phase ${number}`);
  child.kill('SIGUSR2');
  return printed;
}
