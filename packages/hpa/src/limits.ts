import { type BehaviorSpec, type Policy, type Rules, rulesOf } from './behavior.ts';
import { changeWithin, type History, recommendedWithin } from './history.ts';
import type { Limitation } from './limitation.ts';
import type { Range } from './recommendation.ts';

/** Everything that limits a recommendation. */
export interface Limits {
  /** spec.replicas of the scale. */
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly behavior: BehaviorSpec | undefined;
  readonly past: Past;
}

/** What the controller remembers at `now`, or what an observer knows of it. */
export type Past =
  | { readonly known: true; readonly now: number; readonly history: History }
  /** Time since the HPA last changed the replicas, in s; undefined: never. */
  | { readonly known: false; readonly sinceLastScale: number | undefined };

/** The HPA's next decision: a range if it depends on an unknown past. */
export interface Decision {
  readonly range: Range;
  /** Reasons for the limits or the range. */
  readonly reasons: readonly Limitation[];
}

interface Bounded extends Range {
  readonly reason: Limitation | undefined;
}

/**
 * The replicas that may result from a recommendation (horizontal.go, normalizeDesiredReplicas and
 * normalizeDesiredReplicasWithBehaviors). The controller keeps recommendations and changes of the last minutes
 * in memory only. Where they matter and are unknown, every possible history is allowed for.
 */
export function decide(raw: Range, limits: Limits): Decision {
  const low = follow(raw.low, limits);
  const high = raw.high === raw.low ? low : follow(raw.high, limits);
  return fromZero(
    {
      range: { low: low.range.low, high: high.range.high },
      reasons: withoutRepetition([...low.reasons, ...high.reasons]),
    },
    limits,
  );
}

/** At 0, a minReplicas that was raised meanwhile applies after every other limit (reconcileAutoscaler, since 1.36). */
function fromZero(decision: Decision, { current, min }: Limits): Decision {
  const { range, reasons } = decision;
  if (current !== 0 || range.low >= min) return decision;
  return {
    range: { low: min, high: Math.max(min, range.high) },
    reasons: withoutRepetition([...reasons, atLeast(min)]),
  };
}

function withoutRepetition(reasons: readonly Limitation[]): Limitation[] {
  return [...new Map(reasons.map((reason) => [reason.text, reason])).values()];
}

export function atMost(max: number): Limitation {
  return { kind: 'maxReplicas', text: `maxReplicas is ${max}` };
}

export function atLeast(min: number): Limitation {
  return { kind: 'minReplicas', text: `minReplicas is ${min}` };
}

function follow(wanted: number, limits: Limits): Decision {
  const { current, behavior, past } = limits;
  if (behavior === undefined) return followWithoutBehavior(wanted, limits);
  const rules = rulesOf(behavior);
  const up = wanted > current;
  const { stabilizationSeconds } = up ? rules.up : rules.down;
  const stabilized = stabilize(wanted, current, stabilizationSeconds, past);
  if (wanted === current) return { range: stabilized, reasons: [] };
  const limited = up ? limitUp(stabilized, rules.up, limits) : limitDown(stabilized, rules.down, limits);
  return {
    range: limited,
    reasons: [stabilized.reason, limited.reason].filter((each) => each !== undefined),
  };
}

/** Between the current and the wanted number, if an earlier recommendation limits the change, or may do so. */
function stabilize(wanted: number, current: number, seconds: number, past: Past): Bounded {
  if (seconds === 0 || wanted === current) return { low: wanted, high: wanted, reason: undefined };
  const isUp = wanted > current;
  const reason = holds(isUp ? 'lowest' : 'highest', seconds);
  if (past.known) {
    const earlier = recommendedWithin(past.history, past.now, seconds);
    const stabilized = isUp
      ? Math.max(current, Math.min(wanted, ...earlier))
      : Math.min(current, Math.max(wanted, ...earlier));
    return { low: stabilized, high: stabilized, reason: stabilized === wanted ? undefined : reason };
  }
  const [low, high] = isUp ? [current, wanted] : [wanted, current];
  return { low, high, reason };
}

function holds(which: 'lowest' | 'highest', seconds: number): Limitation {
  return { kind: 'stabilization', text: `the ${which} recommendation of the last ${seconds} s holds` };
}

function rateLimited(text: string): Limitation {
  return { kind: 'policies', text };
}

function disabled(direction: 'scaleUp' | 'scaleDown'): Limitation {
  return { kind: 'disabled', text: `${direction} is disabled` };
}

function limitUp({ low, high }: Range, rules: Rules, limits: Limits): Bounded {
  const { current, max } = limits;
  if (rules.select === 'Disabled') return { low: current, high: current, reason: disabled('scaleUp') };
  const proposals = rules.policies.map((policy) =>
    proposed(policy, limits, (start) =>
      policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100)),
    ),
  );
  const limit = select(proposals, rules.select === 'Min' ? Math.min : Math.max);
  const capped = (limited: number) => Math.min(max, Math.max(limited, current));
  const range = { low: Math.min(low, capped(limit.low)), high: Math.min(high, capped(limit.high)) };
  return { ...range, reason: upReason(high, range, { max, limit }) };
}

function upReason(
  wanted: number,
  range: Range,
  { max, limit }: { max: number; limit: Range },
): Limitation | undefined {
  if (range.high === wanted && range.low === wanted) return undefined;
  if (wanted > max && limit.low >= max) return atMost(max);
  if (limit.low < Math.min(wanted, max)) return rateLimited('the policies of scaleUp limit the rate');
  return undefined;
}

function limitDown({ low, high }: Range, rules: Rules, limits: Limits): Bounded {
  const { current, min } = limits;
  if (rules.select === 'Disabled') return { low: current, high: current, reason: disabled('scaleDown') };
  const proposals = rules.policies.map((policy) =>
    proposed(policy, limits, (start) =>
      policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100)),
    ),
  );
  // The largest change gives the smallest number.
  const limit = select(proposals, rules.select === 'Min' ? Math.max : Math.min);
  const floored = (limited: number) => Math.max(min, Math.min(limited, current));
  const range = { low: Math.max(low, floored(limit.low)), high: Math.max(high, floored(limit.high)) };
  let reason: Limitation | undefined;
  if (low < min && limit.high <= min) reason = atLeast(min);
  else if (limit.high > Math.max(low, min)) reason = rateLimited('the policies of scaleDown limit the rate');
  return { ...range, reason };
}

/** The limit of a policy, which counts from the replicas at the start of its period. If that is unknown, so is the limit. */
function proposed({ periodSeconds }: Policy, limits: Limits, limit: (start: number) => number): Range {
  const { current, past } = limits;
  if (past.known) {
    const exact = limit(current - changeWithin(past.history, past.now, periodSeconds));
    return { low: exact, high: exact };
  }
  const { sinceLastScale } = past;
  if (sinceLastScale !== undefined && sinceLastScale <= periodSeconds)
    return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const exact = limit(current);
  return { low: exact, high: exact };
}

function select(proposals: readonly Range[], pick: (...values: number[]) => number): Range {
  return { low: pick(...proposals.map(({ low }) => low)), high: pick(...proposals.map(({ high }) => high)) };
}

/** The rules without `behavior` (horizontal.go, normalizeDesiredReplicas): the highest recommendation of the last minutes wins. */
function followWithoutBehavior(wanted: number, limits: Limits): Decision {
  const { current, min, max } = limits;
  const { stabilizationSeconds } = rulesOf({}).down;
  const rate = Math.max(2 * current, 4);
  const most = Math.max(min, Math.min(max, rate));
  const clamp = (replicas: number) => Math.min(Math.max(replicas, min), most);
  const { low, high } = highestOf(wanted, stabilizationSeconds, limits);
  const reasons: Limitation[] = [];
  if (clamp(high) > clamp(wanted)) reasons.push(holds('highest', stabilizationSeconds));
  if (wanted > most) reasons.push(max <= rate ? atMost(max) : rateLimited(`at most ${rate} in one step`));
  if (wanted < min) reasons.push(atLeast(min));
  return { range: { low: clamp(low), high: clamp(high) }, reasons };
}

/**
 * The highest recommendation. If an unknown one had been above the current replicas, the HPA would have followed it, unless it did
 * so just now and only in part.
 */
function highestOf(wanted: number, seconds: number, { current, past }: Limits): Range {
  if (past.known) {
    const highest = Math.max(wanted, ...recommendedWithin(past.history, past.now, seconds));
    return { low: highest, high: highest };
  }
  const { sinceLastScale } = past;
  const recent = sinceLastScale !== undefined && sinceLastScale <= seconds;
  return { low: wanted, high: recent ? Number.POSITIVE_INFINITY : Math.max(wanted, current) };
}
