import { X509Certificate } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import {
  createLogger,
  createLogRate,
  createParts,
  effectiveSettings,
  exposeBuild,
  type HealthCheck,
  readBuild,
  readSettings,
  readyCheck,
  runProcess,
  shutdownCheck,
  startAdmin,
  startSummary,
  valkeyWarnings,
} from '@activescale/runtime';
import { connect } from '@activescale/store';
import { Registry } from 'prom-client';
import { createApp } from './app.ts';
import type { Cluster } from './cluster.ts';
import { defineApiConfig } from './config.ts';
import { createMetricFinder } from './custom-metrics/metric-finder.ts';
import { derived } from './derived.ts';
import { servedGroups } from './discovery/discovery.ts';
import { createServer } from './http/server.ts';
import { startCatalogueSource } from './metrics/catalogue-source.ts';
import { createProvider } from './metrics/provider.ts';
import { standalonePods } from './objects/standalone-pods.ts';
import { createApiTelemetry } from './telemetry/api-telemetry.ts';
import { createLastAnswers } from './telemetry/last-answers.ts';
import { printable } from './telemetry/printable.ts';
import { createRequestLog } from './telemetry/request-log.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { startCertificateSource } from './tls/certificate-source.ts';
import { createServingTls } from './tls/serving-tls.ts';

/** Time limit of Valkey for a query, which must be answered within a second, in ms. */
const STORE_TIMEOUT_MS = 800;

const build = readBuild(new URL('..', import.meta.url), process.env);

await runProcess({
  name: 'api',
  settings: defineApiConfig,
  build,
  async main(signal) {
    const config = readSettings(process.env, defineApiConfig);
    const log = createLogger('api', config.logVerbosity);
    log.info({ ...build, settings: effectiveSettings(process.env, defineApiConfig) }, 'starting');
    for (const warning of valkeyWarnings(config.valkey)) log.warn(warning);
    const parts = createParts();
    const registry = new Registry();
    exposeBuild(registry, build);

    const store = parts.add(
      'store',
      connect({
        ...config.valkey,
        keyPrefix: config.keyPrefix,
        clientName: 'activescale-api',
        commandTimeout: STORE_TIMEOUT_MS,
        onState(state, reason) {
          if (state === 'up') log.info('Valkey is up');
          else log.warn({ reason }, 'Valkey is down; queries get 503, discovery still works');
        },
      }),
    );
    const catalogue = parts.add(
      'catalogue',
      startCatalogueSource({
        file: config.metricsFile,
        onChange: () => log.info('METRICS_FILE was reloaded'),
        onProblems: (problems) =>
          log.error({ problems }, 'METRICS_FILE is invalid; keeping the previous metrics'),
      }),
    );
    const served = { inCluster: !config.standalone, external: config.externalMetrics };
    const groups = derived(
      () => catalogue.current,
      (metrics) => servedGroups(metrics, served),
    );
    const telemetry = createTelemetry(registry, {
      storeUp: () => store.state === 'up',
      catalogueValid: () => catalogue.valid,
      certificateEnds: () => new X509Certificate(certificate.current.cert).validToDate.getTime(),
    });
    // Names and loads of tenants: only on the port that requires the right to read them.
    const answers = new Registry();
    const lastAnswers = createLastAnswers(answers, () => store.clock.now() ?? Date.now());
    const apiTelemetry = createApiTelemetry(registry);

    if (config.tls === undefined) {
      log.warn('no TLS_CERT_FILE: serving with a self-signed certificate, which clients cannot verify');
    }
    const certificate = parts.add(
      'certificate',
      await startCertificateSource({
        files: config.tls,
        names: [config.serviceName, 'localhost', '127.0.0.1', '::1'],
        onChange(next) {
          tls.setCertificate(next);
          log.info('the serving certificate was replaced');
        },
        onError: (error) =>
          log.error({ err: error }, 'the new serving certificate is invalid; keeping the previous one'),
      }),
    );
    const tls = createServingTls(certificate.current);

    let cluster: Cluster | undefined;
    if (!config.standalone) {
      // Imported only here, because the Kubernetes client takes a second to load.
      const { joinCluster } = await import('./cluster.ts');
      cluster = parts.add(
        'cluster',
        joinCluster({
          ...config,
          now: () => store.clock.now(),
          groups: groups().map(({ name }) => name),
          tls,
          certificate,
          telemetry: apiTelemetry,
          registry,
          log,
        }),
      );
    }
    const checks: HealthCheck[] = [
      ...(cluster?.checks ?? []),
      readyCheck('store', 'warn', () =>
        store.state === 'up' ? undefined : 'Valkey is down, queries are answered with 503',
      ),
      shutdownCheck(signal),
    ];
    const admin = parts.add(
      'admin server',
      await startAdmin({
        host: config.listenHost,
        port: config.adminPort,
        registry,
        further: [telemetry.freshness],
        checks,
      }),
    );

    const pods = cluster?.pods ?? standalonePods(store);
    const providerOf = (group: string) =>
      createProvider({
        pods,
        records: store,
        rules: config,
        observer: { ...telemetry.observer(group), onAnswer: lastAnswers(group) },
      });
    const failures = createLogRate(() => performance.now());
    const answered = (query: { readonly metric: string }, items: number) => {
      telemetry.answered(query.metric, items);
    };
    const app = createApp({
      port: config.securePort,
      checkAccess: cluster?.checkAccess,
      inFlight: config.inFlight,
      groups,
      customMetrics: {
        catalogue: () => catalogue.current,
        find: createMetricFinder(providerOf(CUSTOM_METRICS_GROUP), cluster),
        answered,
      },
      externalMetrics: config.externalMetrics
        ? {
            catalogue: () => catalogue.current,
            provider: providerOf(EXTERNAL_METRICS_GROUP),
            noPods: cluster?.noPods,
            answered,
          }
        : undefined,
      checks,
      metrics: [registry, telemetry.freshness, answers],
      version: { gitVersion: `v${build.version}`, gitCommit: build.commit },
      telemetry: apiTelemetry,
      logRequest: createRequestLog(log, () => performance.now()),
      failed(error, url) {
        const suppressed = failures('request');
        if (suppressed === undefined) return;
        log.error({ err: error, url: printable(url), suppressed }, 'a request failed');
      },
    });
    const server = parts.add(
      'API server',
      createServer({
        tls,
        answer: app,
        isFrontProxy: (certificate) => cluster?.isFrontProxy(certificate) ?? false,
        onHandshakeFailed: apiTelemetry.handshakeFailed,
      }),
    );
    const { port: securePort } = await server.listen({
      port: config.securePort,
      host: config.listenHost ?? anyAddress(),
    });

    parts.add('summary', startSummary(log, config.summaryInterval, telemetry.summary));
    log.info({ securePort, adminPort: admin.port }, 'listening');
    return parts;
  },
});

/** All addresses; a node may have IPv6 disabled. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
