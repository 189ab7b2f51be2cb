import type { Catalogue } from '@activescale/metrics';
import type { GetMetricSpecResponse, IsActiveResponse, ScaledObjectRef } from '@activescale/protocol/keda';
import { derived } from '../derived.ts';
import type { ActivityWatch } from './activity-watch.ts';
import { parseTrigger } from './metadata.ts';
import { ScalerError, scalerErrorOf } from './scaler-error.ts';
import type { MethodName, StreamOpener } from './server.ts';
import { metricSpecOf, type Trigger } from './trigger.ts';

export interface StreamsOptions {
  catalogue(): Catalogue;
  readonly watch: ActivityWatch;
  readonly maxStreams: number;
  onOpened(method: MethodName): void;
  onClosed(method: MethodName): void;
  /** The stream stays open, but its value is unknown or its trigger has become invalid. */
  onFailed(error: ScalerError, ref: ScaledObjectRef): void;
}

export interface Streams {
  readonly isActive: StreamOpener<IsActiveResponse>;
  readonly metricSpec: StreamOpener<GetMetricSpecResponse>;
  /** To be called when the catalogue has changed. */
  catalogueChanged(): void;
}

/** The streams of all clients. Their triggers follow the catalogue. */
export function createStreams(options: StreamsOptions): Streams {
  const { catalogue, watch, maxStreams, onOpened, onClosed, onFailed } = options;
  const specs = new Set<() => void>();
  let open = 0;

  /** @param start returns what ends the stream */
  const limited =
    <T>(
      method: MethodName,
      start: (trigger: () => Trigger, ref: ScaledObjectRef, send: (message: T) => void) => () => void,
    ): StreamOpener<T> =>
    (ref, { send }) => {
      if (open >= maxStreams)
        throw new ScalerError(
          'RESOURCE_EXHAUSTED',
          `${maxStreams} streams are open already (KEDA_MAX_STREAMS)`,
        );
      const trigger = derived(catalogue, (current) => parseTrigger(ref, current));
      trigger(); // throws if it is invalid
      open++;
      onOpened(method);
      const stop = start(trigger, ref, send);
      return () => {
        open--;
        onClosed(method);
        stop();
      };
    };

  return {
    isActive: limited('StreamIsActive', (trigger, ref, send) =>
      watch.add({
        trigger,
        send: (result) => send({ result }),
        failed: (error) => onFailed(error, ref),
      }),
    ),
    metricSpec: limited('StreamMetricSpec', (trigger, ref, send) => {
      let sent = metricSpecOf(trigger());
      const renew = (): void => {
        try {
          const spec = metricSpecOf(trigger());
          if (spec.targetSizeFloat === sent.targetSizeFloat && spec.metricName === sent.metricName) return;
          sent = spec;
          send({ metricSpecs: [spec] });
        } catch (error) {
          onFailed(scalerErrorOf(error), ref);
        }
      };
      send({ metricSpecs: [sent] });
      specs.add(renew);
      return () => specs.delete(renew);
    }),
    catalogueChanged() {
      for (const renew of specs) renew();
    },
  };
}
