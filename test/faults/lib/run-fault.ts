import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@activescale/devkit';
import type { Fault } from './faults.ts';
import type { Pods } from './pods.ts';
import { startStand } from './stand.ts';
import type { Tally } from './watch.ts';

export interface Sizes {
  readonly pods: Pods;
  /** Time between two flushes of a pod, in ms. */
  readonly flush: number;
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
  readonly rightAfter: number;
  /** What was wrong, some examples. */
  readonly wrongs: readonly string[];
}

/** One fault, from calm to calm. */
export async function runFault(fault: Fault, sizes: Sizes): Promise<Outcome> {
  const { pods, flush, hold, settle, deadline } = sizes;
  const wrongs: string[] = [];
  const onWrong = (what: string) => wrongs.push(what);
  await using stand = await startStand({ topology: fault.topology, pods, flush, onWrong });
  const { watch, load } = stand;
  const right = (since: number) => watch.rightSince !== undefined && Date.now() - since >= settle;
  const calm = Date.now();
  await until(() => watch.rightSince !== undefined && Date.now() - calm > 2 * flush, {
    what: 'all answers to be right before the fault',
    deadline: 30_000,
  });
  watch.take();
  load.kill('SIGUSR2');
  const heal = await fault.strike(stand);
  if (fault.lasts) await sleep(hold);
  await heal();
  const healed = Date.now();
  while (!right(healed) && Date.now() - healed < deadline + settle) await sleep(100);
  const since = watch.rightSince ?? Number.POSITIVE_INFINITY;
  return { tally: watch.take(), rightAfter: Math.max(0, since - healed), wrongs };
}
