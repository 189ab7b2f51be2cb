import type { Phase } from './phase.ts';

/** What honest clients may wait longer because of an attack, in ms. */
export const MAX_DELAY_MS = 250;

/** timeoutSeconds of the readiness probe in deploy/base, in ms. */
export const PROBE_TIMEOUT_MS = 2_000;

/** What one attack did. */
export interface Outcome {
  readonly attack: string;
  readonly service: 'ingest' | 'api';
  /** How often the attacker got which answer. */
  readonly got: Readonly<Record<string, number>>;
  /** What the attack found wrong itself. */
  readonly broken: readonly string[];
  /** Honest pods or the HPA, before and during the attack. */
  readonly calm: Phase;
  readonly attacked: Phase;
  readonly probes: Phase;
  /** In MiB. */
  readonly peak: number;
  readonly limit: number;
  /** How the process ended, if it did. */
  readonly exit?: string;
}

/** How much longer honest clients waited than without the attack, in ms. */
export function delayOf({ calm, attacked }: Pick<Outcome, 'calm' | 'attacked'>): number {
  return Math.max(0, attacked.worst - calm.worst);
}

/** Why the attack succeeded; none: it failed. */
export function problemsOf(outcome: Outcome): string[] {
  const { service, attacked, probes, peak, limit, exit, broken } = outcome;
  const honest = service === 'ingest' ? 'pods' : 'HPA';
  const delay = delayOf(outcome);
  return [
    ...(exit === undefined ? [] : [`${service} ended (${exit})`]),
    ...(peak > limit ? [`${service} used ${Math.round(peak)} MiB, of ${limit} MiB`] : []),
    ...(delay > MAX_DELAY_MS ? [`the honest ${honest} waited ${Math.round(delay)} ms longer`] : []),
    ...(attacked.count === 0 ? [`the honest ${honest} got nothing`] : []),
    ...failuresOf(`the honest ${honest}`, attacked),
    ...failuresOf('probes', probes),
    ...(probes.worst > PROBE_TIMEOUT_MS ? [`a probe took ${Math.round(probes.worst)} ms`] : []),
    ...broken,
  ];
}

function failuresOf(who: string, { failed, count, failures }: Phase): string[] {
  return failed === 0 ? [] : [`${who}: ${failed} of ${count} failed: ${failures.join('; ')}`];
}

export const HEAD = [
  'attack',
  'on',
  'the attacker got',
  'honest, calm, ms',
  'attacked, ms',
  'probe, ms',
  'peak, MiB',
  'limit, MiB',
  'verdict',
];

const ANSWERS_SHOWN = 3;

export function rowOf(outcome: Outcome): string[] {
  const { attack, service, got, calm, attacked, probes, peak, limit } = outcome;
  const figures = [calm.worst, attacked.worst, probes.worst, peak, limit];
  const verdict = problemsOf(outcome).length === 0 ? 'held' : 'BROKEN';
  return [attack, service, answersOf(got), ...figures.map((figure) => String(Math.round(figure))), verdict];
}

function answersOf(got: Outcome['got']): string {
  const answers = Object.entries(got).sort(([, a], [, b]) => b - a);
  const more = answers.length > ANSWERS_SHOWN ? [`${answers.length - ANSWERS_SHOWN} more`] : [];
  const shown = answers.slice(0, ANSWERS_SHOWN).map(([answer, count]) => `${count} × ${answer}`);
  return [...shown, ...more].join(', ') || 'nothing';
}
