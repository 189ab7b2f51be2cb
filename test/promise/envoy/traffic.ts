import { seededRandom } from '@activescale/devkit';

/** A time in which requests of one kind come to one place. Times in ms of the simulation. */
export interface Phase {
  /** Index of the place. */
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly perSecond: number;
  /** Of the requests, in ms, by this factor more or less. */
  readonly duration: number;
  readonly spread: number;
  /** Shares of the requests, from 0 to 1. */
  readonly failing: number;
  readonly aborted: number;
  /** WebSockets. */
  readonly upgraded: number;
  /** How long requests wait for a connection to the application, in ms. */
  readonly pending: number;
}

/** Five requests a second of about 300 ms, of which one in ten fails. */
export const STEADY: Omit<Phase, 'from' | 'to'> = {
  place: 0,
  perSecond: 5,
  duration: 300,
  spread: 4,
  failing: 0.1,
  aborted: 0,
  upgraded: 0,
  pending: 0,
};

export interface Request {
  readonly place: number;
  readonly start: number;
  readonly end: number;
  /** When it leaves for the application. */
  readonly sent: number;
  readonly kind: 'answered' | 'failed' | 'aborted' | 'upgraded';
}

/** The requests of all phases by rising start, the same for the same seed. */
export function requestsOf(phases: readonly Phase[], seed: number): readonly Request[] {
  const random = seededRandom(seed);
  return phases.flatMap((phase) => requestsOfPhase(phase, random)).sort((a, b) => a.start - b.start);
}

function requestsOfPhase(phase: Phase, random: () => number): Request[] {
  const { place, from, to, perSecond, duration, spread, failing, aborted, upgraded, pending } = phase;
  const requests: Request[] = [];
  const mean = 1_000 / perSecond;
  for (let start = from + random() * mean; start < to; start += mean * (0.5 + random())) {
    const lasts = Math.max(1, duration * spread ** (2 * random() - 1));
    const luck = random();
    requests.push({
      place,
      start,
      end: start + lasts,
      sent: start + Math.min(pending, lasts),
      kind:
        luck < failing
          ? 'failed'
          : luck < failing + aborted
            ? 'aborted'
            : luck < failing + aborted + upgraded
              ? 'upgraded'
              : 'answered',
    });
  }
  return requests;
}
