import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@activescale/devkit';
import { startClients } from './clients.ts';
import type { Pool } from './worker-pool.ts';

export const SCENARIOS = ['reaches the knee', 'stops below', 'has noise and bursts'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** A number of clients for a time. */
export interface Step {
  readonly clients: number;
  readonly seconds: number;
  /** Between an answer and the client's next request, in ms. */
  readonly pause?: number;
}

/** Of the workers. The mean duration is 1.5 times that of an unloaded pod at 1.5. */
const SHARES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];
/** A sweep that stops below goes up to this. */
const BELOW = 1.25;
/**
 * All steps together. Those below are fewer, and with bursts less of the time is evidence. Short sweeps miss the tolerance by
 * chance, because the mean of a few hundred exponential durations is off by 5 %.
 */
const SECONDS: Readonly<Record<Scenario, number>> = {
  'reaches the knee': 300,
  'stops below': 150,
  'has noise and bursts': 540,
};
/** The number of clients changes in steps of this length, by this share, and every 32nd step is a burst. */
const NOISE_SECONDS = 0.25;
const NOISE = 0.2;
const BURST_EVERY = 32;

export function stepsOf({ workers, mean }: Pool, scenario: Scenario): Step[] {
  const shares = SHARES.filter((share) => scenario !== 'stops below' || share < BELOW);
  const counts = [...new Set(shares.map((share) => Math.max(1, Math.round(share * workers))))];
  const seconds = SECONDS[scenario];
  const steps = counts.map((clients): Step => ({ clients, seconds: seconds / counts.length }));
  // One worker is never less than fully used by a client without pauses.
  if (workers === 1 && scenario === 'stops below')
    return [
      { clients: 1, seconds: seconds / 2, pause: mean },
      { clients: 1, seconds: seconds / 2 },
    ];
  return scenario === 'has noise and bursts' ? steps.flatMap((step) => noisy(step, workers)) : steps;
}

function noisy({ clients, seconds }: Step, workers: number): Step[] {
  const random = seededRandom(clients);
  return Array.from({ length: Math.round(seconds / NOISE_SECONDS) }, (_, i) => {
    const changed = Math.round(clients * (1 - NOISE + 2 * NOISE * random()));
    const isBurst = i % BURST_EVERY === BURST_EVERY - 1;
    return { seconds: NOISE_SECONDS, clients: isBurst ? 2 * workers : Math.max(1, changed) };
  });
}

/** Runs all steps. */
export async function sweep(port: number, steps: readonly Step[]): Promise<void> {
  for (const [pause, ofPause] of Map.groupBy(steps, ({ pause = 0 }) => pause)) {
    await using clients = startClients(port, pause);
    for (const { clients: count, seconds } of ofPause) {
      clients.set(count);
      await sleep(seconds * 1000);
    }
  }
}

export function secondsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0);
}
