import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '@activescale/devkit';
import { attack } from './attacker.ts';
import type { Honest } from './honest.ts';
import { type MemoryWatch, memoryLimitOf } from './memory.ts';
import type { Outcome } from './verdict.ts';

/** A service with honest clients, for one attack. */
export interface Stand extends AsyncDisposable {
  /** What attackers can reach, as JSON. */
  readonly target: unknown;
  readonly honest: Honest;
  readonly probes: Honest;
  readonly memory: MemoryWatch;
  /** How the service ended, if it did. */
  exit(): string | undefined;
}

interface Assignment {
  readonly name: string;
  readonly service: Outcome['service'];
  /** Of calm, and of attack. */
  readonly calm: number;
  readonly seconds: number;
  readonly folder: string;
}

/** What an attack leaves to be done is part of it, in ms. */
const AFTERMATH_MS = 1_500;

/** One attack, from calm to its aftermath. */
export async function playAttack(
  { target, honest, probes, memory, exit }: Stand,
  { name, service, calm: calmSeconds, seconds, folder }: Assignment,
): Promise<Outcome> {
  await Promise.all([honest.take(), probes.take()]);
  await besideNeighbour(calmSeconds);
  const [calm] = await Promise.all([honest.take(), probes.take()]);
  const { got, broken } = await attack({ service, name, target, seconds, folder });
  await sleep(AFTERMATH_MS);
  const [attacked, probed] = await Promise.all([honest.take(), probes.take()]);
  const ended = exit();
  return {
    attack: name,
    service,
    got,
    broken,
    calm,
    attacked,
    probes: probed,
    peak: memory.peak,
    limit: memoryLimitOf(service),
    ...(ended !== undefined && { exit: ended }),
  };
}

/** Some seconds without an attack, while another process uses as much CPU time as the attacker can. */
async function besideNeighbour(seconds: number): Promise<void> {
  const script = join(import.meta.dirname, '../neighbour.ts');
  await using neighbour = start({ command: process.execPath, args: [script], grace: 0 });
  await neighbour.line((line) => line.includes('"busy"') || undefined, 'it was busy');
  await sleep(seconds * 1_000);
}
