import { DEFAULT_TOLERANCE, toleranceOf } from '@activescale/hpa';
import { UsageError } from '../../usage-error.ts';
import type { ReplayedHpa } from '../series/load-series.ts';
import type { AskedSettings } from './asked-settings.ts';
import type { Setting } from './setting.ts';

/** More rows than that are no comparison. */
const MAX_SETTINGS = 32;
/** Default of kube-controller-manager's --horizontal-pod-autoscaler-sync-period, in ms. */
const SYNC_PERIOD = 15_000;
/** A guess: pulling an image and starting a process. In ms. */
const POD_START = 20_000;

/** One value of one option. */
interface Choice {
  /** Empty: it is the present. */
  readonly name: string;
  readonly fields: Partial<Setting>;
}

/**
 * The present setting, and each combination of the alternatives. The first values of --sync-period and --pod-start are facts
 * that hold for the present, too.
 * @throws UsageError
 */
export function settingsOf(hpa: ReplayedHpa, asked: AskedSettings): Setting[] {
  const { min, max, behavior, metrics } = hpa;
  const today: Setting = {
    name: 'today',
    targets: metrics.map(({ target }) => target),
    min,
    max,
    behavior,
    tolerance: toleranceOf(behavior, DEFAULT_TOLERANCE),
    syncPeriod: asked.syncPeriods[0] ?? SYNC_PERIOD,
    podStart: asked.podStarts[0] ?? POD_START,
    window: undefined,
  };
  const options = choicesOf(hpa, asked).filter((choices) => choices.length > 0);
  const count = options.reduce((product, { length }) => product * length, 1);
  if (count >= MAX_SETTINGS)
    throw new UsageError(`${count} combinations of settings: at most ${MAX_SETTINGS - 1}`);
  const combined = options.reduce<Choice[]>(
    (all, choices) => all.flatMap((each) => choices.map((choice) => both(each, choice))),
    [{ name: '', fields: {} }],
  );
  const alternatives = combined.filter(({ name }) => name !== '');
  return [today, ...alternatives.map(({ name, fields }) => valid({ ...today, ...fields, name }))];
}

function choicesOf(hpa: ReplayedHpa, asked: AskedSettings): Choice[][] {
  const choice = <T>(values: readonly T[], of: (value: T) => Choice) => values.map(of);
  // A behavior with its own tolerance brings it, unless --tolerance comes after it.
  return [
    choice(asked.targets, (target) => ({
      name: `target ${target / 1000}`,
      fields: { targets: targetsOf(hpa, target) },
    })),
    choice(asked.behaviors, ({ name, behavior }) => ({
      name: `behavior ${name}`,
      fields: { behavior, tolerance: toleranceOf(behavior, DEFAULT_TOLERANCE) },
    })),
    choice(asked.windows, (window) => ({
      name: `window ${time(window)}`,
      fields: { window: windowOf(hpa, window) },
    })),
    choice(asked.tolerances, (tolerance) => ({
      name: `tolerance ${tolerance}`,
      fields: { tolerance: { up: tolerance, down: tolerance } },
    })),
    choice(asked.mins, (min) => ({ name: `min ${min}`, fields: { min: minOf(hpa, min) } })),
    choice(asked.maxes, (max) => ({ name: `max ${max}`, fields: { max } })),
    facts(asked.syncPeriods, 'sync', (syncPeriod) => ({ syncPeriod })),
    facts(asked.podStarts, 'pod start', (podStart) => ({ podStart })),
  ];
}

/** The first value is the present. */
function facts(
  values: readonly number[],
  what: string,
  fields: (value: number) => Partial<Setting>,
): Choice[] {
  return values.map((value, index) => ({
    name: index === 0 ? '' : `${what} ${time(value)}`,
    fields: fields(value),
  }));
}

function both(a: Choice, b: Choice): Choice {
  const names = [a.name, b.name].filter((name) => name !== '');
  return { name: names.join(', '), fields: { ...a.fields, ...b.fields } };
}

/** The same target for each metric, if they have the same one now: then it has the same unit. */
function targetsOf({ metrics }: ReplayedHpa, target: number): number[] {
  if (new Set(metrics.map((metric) => metric.target)).size > 1) {
    const texts = metrics.map(({ text }) => text).join(', ');
    throw new UsageError(`--target: the HPA has metrics with different targets: ${texts}`);
  }
  return metrics.map(() => target);
}

function windowOf({ metrics }: ReplayedHpa, window: number): number {
  const metric = metrics.find(({ momentary }) => !momentary);
  if (metric === undefined) return window;
  throw new UsageError(
    `--window: ${metric.name} is a value over a window already; replay active_requests or demand_requests`,
  );
}

function minOf({ metrics }: ReplayedHpa, min: number): number {
  if (min > 0 || metrics.some(({ type }) => type !== 'Pods')) return min;
  throw new UsageError('--min 0: only metrics of type Object and External scale out from 0');
}

function valid(setting: Setting): Setting {
  const { name, min, max } = setting;
  if (min <= max) return setting;
  throw new UsageError(`${name}: minReplicas ${min} is above maxReplicas ${max}`);
}

function time(ms: number): string {
  return `${ms / 1000}s`;
}
