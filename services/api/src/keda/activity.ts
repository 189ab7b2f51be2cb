import { isDemand } from '@activescale/metrics';
import { createQueryTrace } from '../query-trace.ts';
import type { Readings } from './readings.ts';
import { ScalerError, scalerErrorOf, unknownValue } from './scaler-error.ts';
import { type Reading, rejectionOf, type Trigger } from './trigger.ts';

/** Whether a trigger is active, or why that is unknown. */
export type Activity = boolean | ScalerError;

/**
 * Whether a trigger is active: its value is above its activation, or a request to its destination was rejected within
 * DEMAND_HOLD. A rejected request is reason enough to start a pod, whatever the metric of the trigger.
 * @throws ScalerError if that is unknown
 */
export async function isActive(trigger: Trigger, readings: Readings): Promise<boolean> {
  const trace = createQueryTrace();
  const value = await readings.one(trigger, trace);
  const rejection = mayWake(trigger, value) ? rejectionOf(trigger) : undefined;
  const rejected = rejection && (await readings.one(rejection, createQueryTrace()));
  if (isAbove(trigger, value) || isSet(rejected)) return true;
  if (value === undefined) throw unknownValue(trigger.metric.name, trace);
  return false;
}

/** Equal for triggers that are read together: on destinations of one kind, namespace and port. undefined: alone. */
export function groupKey({ namespace, port, subject }: Reading): string | undefined {
  return subject.of === 'destination' ? JSON.stringify([namespace, subject.kind, port]) : undefined;
}

/**
 * The activities of triggers with one group key, in their order, by one query for each demand metric and one for rejected
 * requests. Never rejects. A load that cannot be read, as of a Service that cannot be looked up, does not affect the others.
 */
export async function activitiesOf(group: readonly Trigger[], readings: Readings): Promise<Activity[]> {
  try {
    const values = await valuesOf(group, readings);
    const known = (trigger: Trigger): number | undefined => {
      const value = values.get(trigger);
      return value instanceof ScalerError ? undefined : value;
    };
    const asleep = group.filter((trigger) => mayWake(trigger, known(trigger)));
    const rejections = asleep.flatMap((trigger) => rejectionOf(trigger) ?? []);
    const rejected = await demandOf(rejections, readings);
    return group.map((trigger) => {
      if (isAbove(trigger, known(trigger)) || isSet(rejected.get(nameOf(trigger)))) return true;
      const value = values.get(trigger);
      if (value instanceof ScalerError) return value;
      return value === undefined ? unknownValue(trigger.metric.name, createQueryTrace()) : false;
    });
  } catch (error) {
    const cause = scalerErrorOf(error);
    return group.map(() => cause);
  }
}

/** undefined: it is unknown; an error: it cannot be read. */
type Value = number | undefined | ScalerError;

async function valuesOf(group: readonly Trigger[], readings: Readings): Promise<ReadonlyMap<Trigger, Value>> {
  const [demand, load] = [group.filter(isOfDemand), group.filter((trigger) => !isOfDemand(trigger))];
  const byMetric = Map.groupBy(demand, ({ metric: { name, window } }) => `${name} ${window}`);
  const ofDemand = [...byMetric.values()].map(async (triggers) => {
    const values = await demandOf(triggers, readings);
    return triggers.map((trigger) => [trigger, values.get(nameOf(trigger))] as const);
  });
  const ofLoad = load.map(async (trigger) => {
    const value: Value = await readings.one(trigger, createQueryTrace()).catch(scalerErrorOf);
    return [[trigger, value]] as const;
  });
  return new Map((await Promise.all([...ofDemand, ...ofLoad])).flat());
}

/** By the name of the destination, where it is known. */
async function demandOf(alike: readonly Reading[], readings: Readings): Promise<ReadonlyMap<string, number>> {
  const [first] = alike;
  return first === undefined ? new Map() : readings.demandOf(first, [...new Set(alike.map(nameOf))]);
}

function isOfDemand({ metric }: Reading): boolean {
  return isDemand(metric);
}

function nameOf({ subject }: Reading): string {
  return subject.of === 'destination' ? subject.name : '';
}

function isAbove({ activation }: Trigger, value: number | undefined): boolean {
  return value !== undefined && value > activation;
}

/** Whether a recent rejection could activate the trigger. A `held` value below 1 proves that there was none. */
function mayWake(trigger: Trigger, value: number | undefined): boolean {
  const hadNone = trigger.metric.function === 'held' && value !== undefined && value < 1;
  return !isAbove(trigger, value) && !hadNone;
}

function isSet(value: number | undefined): boolean {
  return value !== undefined && value > 0;
}
