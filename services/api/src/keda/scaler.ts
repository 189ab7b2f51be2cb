import type { Catalogue } from '@activescale/metrics';
import type {
  GetMetricSpecResponse,
  GetMetricsRequest,
  GetMetricsResponse,
  IsActiveResponse,
  ScaledObjectRef,
} from '@activescale/protocol/keda';
import { within } from '../limits/deadline.ts';
import { createQueryTrace } from '../query-trace.ts';
import { isActive } from './activity.ts';
import { parseTrigger } from './metadata.ts';
import type { Readings } from './readings.ts';
import { ScalerError, unknownValue } from './scaler-error.ts';
import { metricNameOf, metricSpecOf } from './trigger.ts';

/** KEDA calls the scalers of a ScaledObject in one loop: every call ends by then, in ms. */
const DEADLINE_MS = 2_000;
/** Calls of all clients that read a value. */
const MAX_IN_FLIGHT = 1_000;

/** The methods of `externalscaler.ExternalScaler` with one answer. Reject with a ScalerError, StatusError or StoreError. */
export interface Scaler {
  isActive(ref: ScaledObjectRef): Promise<IsActiveResponse>;
  getMetricSpec(ref: ScaledObjectRef): GetMetricSpecResponse;
  getMetrics(request: GetMetricsRequest): Promise<GetMetricsResponse>;
}

export interface ScalerOptions {
  catalogue(): Catalogue;
  /** For values that an HPA gets, which are observed. */
  readonly answers: Readings;
  /** For activities, which are not. */
  readonly activities: Readings;
  /** A value was answered, or there is none. */
  answered(metric: string, items: number): void;
}

export function createScaler({ catalogue, answers, activities, answered }: ScalerOptions): Scaler {
  let inFlight = 0;
  const limited = async <T>(read: () => Promise<T>): Promise<T> => {
    if (inFlight >= MAX_IN_FLIGHT)
      throw new ScalerError('RESOURCE_EXHAUSTED', `${MAX_IN_FLIGHT} calls are in flight already`);
    inFlight++;
    const reading = read().finally(() => inFlight--);
    return within(DEADLINE_MS, reading);
  };
  return {
    isActive: (ref) =>
      limited(async () => ({ result: await isActive(parseTrigger(ref, catalogue()), activities) })),
    getMetricSpec: (ref) => ({ metricSpecs: [metricSpecOf(parseTrigger(ref, catalogue()))] }),
    getMetrics: ({ scaledObjectRef, metricName }) =>
      limited(async () => {
        const trigger = parseTrigger(scaledObjectRef, catalogue());
        const known = metricNameOf(trigger);
        if (metricName.toLowerCase() !== known)
          throw new ScalerError(
            'INVALID_ARGUMENT',
            `metricName: found ${JSON.stringify(metricName.slice(0, 256))}; expected ${known}, as in the metadata`,
          );
        const trace = createQueryTrace();
        const value = await answers.one(trigger, trace);
        answered(trigger.metric.name, value === undefined ? 0 : 1);
        if (value === undefined) throw unknownValue(trigger.metric.name, trace);
        const metricValue = Math.round(value);
        return { metricValues: [{ metricName, metricValue, metricValueFloat: value }] };
      }),
  };
}
