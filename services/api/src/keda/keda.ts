import type { AddressInfo } from 'node:net';
import type { Catalogue } from '@activescale/metrics';
import type { ScaledObjectRef } from '@activescale/protocol/keda';
import { type Closable, createLogRate, type Logger } from '@activescale/runtime';
import type { Registry } from 'prom-client';
import { printable } from '../telemetry/printable.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import { startActivityWatch } from './activity-watch.ts';
import { startClientCa } from './client-ca.ts';
import { createListener, type TlsMaterial } from './listener.ts';
import type { Readings } from './readings.ts';
import { createScaler } from './scaler.ts';
import type { ScalerError } from './scaler-error.ts';
import { createGrpcServer, type MethodName } from './server.ts';
import type { KedaSettings } from './settings.ts';
import { createStreams } from './streams.ts';
import { createKedaTelemetry } from './telemetry.ts';

/** Open at once besides streams, over all connections: they occupy a sixteenth of the container's memory limit. */
const MAX_OTHER_CALLS = 5_000;

export interface KedaOptions {
  readonly settings: KedaSettings;
  readonly host: string;
  /** Plaintext, unless client certificates are required. */
  readonly standalone: boolean;
  readonly certificate: Pick<CertificateSource, 'current' | 'onReplaced'>;
  readonly catalogue: { readonly current: Catalogue; onChange(listener: () => void): () => void };
  readonly answers: Readings;
  readonly activities: Readings;
  /** A value was answered, or there is none. */
  answered(metric: string, items: number): void;
  readonly registry: Registry;
  readonly log: Logger;
}

export interface Keda extends Closable {
  readonly port: number;
}

/** Starts the external scaler for KEDA. Rejects if it cannot listen, or the CAs of its clients cannot be read. */
export async function startKeda(options: KedaOptions): Promise<Keda> {
  const { settings, host, standalone, certificate, catalogue, answers, activities, answered } = options;
  const { registry, log } = options;
  const { clientCaFile, maxStreams } = settings;
  const telemetry = createKedaTelemetry(registry);
  const now = () => performance.now();
  const report = createReport(log, now);

  const clientCa =
    clientCaFile === undefined
      ? undefined
      : await startClientCa(clientCaFile, {
          onChange() {
            listener.setTls(material());
            log.info('KEDA_CLIENT_CA_FILE was reloaded');
          },
          onError: (error) =>
            log.error({ err: error }, 'KEDA_CLIENT_CA_FILE is invalid; keeping the previous CAs'),
        });
  const material = (): TlsMaterial => ({ ...certificate.current, clientCa: clientCa?.current });
  const isPlaintext = standalone && clientCa === undefined;
  if (clientCa === undefined && !standalone)
    log.warn('no KEDA_CLIENT_CA_FILE: only a NetworkPolicy decides who may read metrics from KEDA_PORT');

  const current = () => catalogue.current;
  const watch = startActivityWatch(activities, now);
  const streams = createStreams({
    catalogue: current,
    watch,
    maxStreams,
    onOpened: telemetry.opened,
    onClosed: telemetry.closed,
    onFailed(error, ref) {
      telemetry.failed(error.status);
      report('StreamIsActive', error, ref);
    },
  });
  const grpc = createGrpcServer({
    scaler: createScaler({ catalogue: current, answers, activities, answered }),
    streamIsActive: streams.isActive,
    streamMetricSpec: streams.metricSpec,
    maxStreams,
    onEnded(method, outcome, ref) {
      telemetry.ended(method, typeof outcome === 'string' ? outcome : outcome.status);
      if (typeof outcome !== 'string') report(method, outcome, ref);
    },
  });
  const listener = createListener({
    tls: isPlaintext ? undefined : material(),
    maxCalls: maxStreams + MAX_OTHER_CALLS,
    onConnection: grpc.serve,
    onHandshakeFailed: telemetry.handshakeFailed,
  });
  const ignored = [
    certificate.onReplaced(() => listener.setTls(material())),
    catalogue.onChange(streams.catalogueChanged),
  ];
  const { port }: AddressInfo = await listener.listen(host, settings.port);
  return {
    port,
    async close() {
      for (const ignore of ignored) ignore();
      clientCa?.close();
      watch.close();
      listener.stop();
      await grpc.close();
      await listener.close();
    },
  };
}

/**
 * One line for a call or reading without an answer: as a warning if this server failed, else from LOG_VERBOSITY=1 on. Limited by
 * status, so that clients cannot fill the log.
 */
function createReport(log: Logger, now: () => number) {
  const rate = createLogRate(now);
  return (method: MethodName, error: ScalerError, { namespace, name }: ScaledObjectRef): void => {
    const { status, message, cause } = error;
    const level = status === 'UNAVAILABLE' || status === 'INTERNAL' ? 'warn' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const suppressed = rate(status);
    if (suppressed === undefined) return;
    const about = { method, status, namespace: printable(namespace), scaledObject: printable(name) };
    const why = status === 'INTERNAL' ? { err: cause ?? error } : { reason: printable(message) };
    log[level](
      { ...about, ...why, suppressed: suppressed === 0 ? undefined : suppressed },
      'KEDA got no answer',
    );
  };
}
