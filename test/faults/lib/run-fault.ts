import { setTimeout as sleep } from 'node:timers/promises';
import { type Process, until } from '@activescale/devkit';
import type { Fault, Heal } from './faults.ts';
import type { Pods } from './pods.ts';
import { startStand } from './stand.ts';
import type { Tally, Watch } from './watch.ts';

export interface Sizes {
  readonly pods: Pods;
  /** Time between two flushes of a pod, in ms. */
  readonly flush: number;
  /** The longest time between sending a flush and ingest reading it that is not a fault, in ms. */
  readonly transit: number;
  /** How long a fault that lasts is kept up, and how long is watched after it, in ms. */
  readonly hold: number;
  readonly settle: number;
  /** When it must be right again after healing at the latest, in ms. */
  readonly deadline: number;
}

export interface Outcome {
  /** From the strike to the end. */
  readonly tally: Tally;
  /** ms from the end of the fault until every answer was whole, true and in time; Infinity: not by the deadline. */
  readonly recovery: number;
  /** What was wrong, some examples. */
  readonly wrongs: readonly string[];
}

/** What runs under load, and what is to break. */
export interface Scene {
  readonly load: Process;
  readonly watch: Watch;
  strike(): Promise<Heal> | Heal;
}

/** One fault, from calm to calm. */
export async function runFault(fault: Fault, sizes: Sizes): Promise<Outcome> {
  const wrongs: string[] = [];
  const onWrong = (what: string) => wrongs.push(what);
  await using stand = await startStand({ ...sizes, topology: fault.topology, onWrong });
  const { load, watch } = stand;
  const strike = () => fault.strike(stand);
  return {
    ...(await play({ load, watch, strike }, { ...sizes, hold: fault.lasts ? sizes.hold : 0 })),
    wrongs,
  };
}

export async function play(
  { load, watch, strike }: Scene,
  { flush, hold, settle, deadline }: Sizes,
): Promise<Omit<Outcome, 'wrongs'>> {
  const calm = Date.now();
  await until(() => watch.rightSince !== undefined && Date.now() - calm > 2 * flush, {
    what: 'all answers to be right before the fault',
    deadline: 30_000,
  });
  watch.take();
  load.kill('SIGUSR2');
  const heal = await strike();
  await sleep(hold);
  await heal();
  const healed = Date.now();
  const settled = () => watch.rightSince !== undefined && Date.now() - healed >= settle;
  while (!settled() && Date.now() - healed < deadline + settle) await sleep(100);
  const since = watch.rightSince ?? Number.POSITIVE_INFINITY;
  return { tally: watch.take(), recovery: Math.max(0, since - healed) };
}
