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
  type Logger,
  readBuild,
  readSettings,
  readyCheck,
  runProcess,
  shutdownCheck,
  startAdmin,
  startSummary,
  valkeyWarnings,
} from '@activescale/runtime';
import { connect, type Store } from '@activescale/store';
import { Registry } from 'prom-client';
import { type AppOptions, createApp } from './app.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';
import { type ApiConfig, defineApiConfig } from './config.ts';
import { derived } from './derived.ts';
import { servedGroups } from './discovery/discovery.ts';
import { type FallThrough, startFallThrough } from './fall-through/fall-through.ts';
import { createMergedGroups, type OtherMetrics } from './fall-through/merged-groups.ts';
import { createServer } from './http/server.ts';
import type { Keda, KedaOptions } from './keda/keda.ts';
import { createReadings } from './keda/readings.ts';
import type { KedaSettings } from './keda/settings.ts';
import { createMetricSources } from './metric-sources.ts';
import { type CatalogueSource, startCatalogueSource } from './metrics/catalogue-source.ts';
import type { AnswerObserver } from './metrics/observer.ts';
import { createApiTelemetry } from './telemetry/api-telemetry.ts';
import { createLastAnswers } from './telemetry/last-answers.ts';
import { printable } from './telemetry/printable.ts';
import { createRequestLog } from './telemetry/request-log.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { startCertificateSource } from './tls/certificate-source.ts';
import { createServingTls } from './tls/serving-tls.ts';

/** Time limit of Valkey for a query, which must be answered within a second, in ms. */
const STORE_TIMEOUT_MS = 800;

const NO_OTHERS: OtherMetrics = new Map();

/** The group of KEDA's queries, where those of the metrics APIs have the API group: its gRPC service. */
const EXTERNAL_SCALER = 'externalscaler.ExternalScaler';
const UNOBSERVED: AnswerObserver = { onOmitted() {}, observeAge() {}, observeCoverage() {}, onAnswer() {} };

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
    let isListening = false;
    const registry = new Registry();
    exposeBuild(registry, build);

    const store = parts.add('store', openStore(config, log));
    const catalogue = parts.add('catalogue', openCatalogue(config, log));
    const served = { inCluster: !config.standalone, external: config.externalMetrics };
    const ownGroups = derived(
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

    const { certificate, tls } = await startServingTls(config, log);
    parts.add('certificate', certificate);

    const cluster = config.standalone
      ? undefined
      : parts.add(
          'cluster',
          await join({
            ...config,
            now: () => store.clock.now(),
            groups: ownGroups().map(({ name }) => name),
            tls,
            certificate,
            telemetry: apiTelemetry,
            registry,
            log,
          }),
        );
    const fallThrough = await openFallThrough(config, registry, log);
    if (fallThrough !== undefined) parts.add('fall-through', fallThrough);
    const checks: HealthCheck[] = [
      ...(cluster?.checks ?? []),
      ...(fallThrough?.checks ?? []),
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
        checks: [...checks, readyCheck('listening', 'fail', () => (isListening ? undefined : 'starting'))],
      }),
    );

    const apis = metricApis(config, { store, catalogue, cluster, fallThrough, telemetry, lastAnswers });
    const app = createApp({
      port: config.securePort,
      checkAccess: cluster?.checkAccess,
      inFlight: config.inFlight,
      groups: createMergedGroups(ownGroups, () => fallThrough?.metrics ?? NO_OTHERS),
      ownGroups,
      customMetrics: apis.customMetrics,
      externalMetrics: apis.externalMetrics,
      records: { store },
      checks,
      metrics: [registry, telemetry.freshness, answers],
      version: { gitVersion: `v${build.version}`, gitCommit: build.commit },
      telemetry: apiTelemetry,
      logRequest: createRequestLog(log, () => performance.now()),
      failed: createFailureLog(log),
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
    // A query that arrives while the store connects would get 503.
    await store.firstState;
    const host = config.listenHost ?? anyAddress();
    const { port: securePort } = await server.listen({ port: config.securePort, host });
    const { standalone } = config;
    const keda = await serveKeda(config.keda, () => ({
      ...apis.keda(),
      ...{ host, standalone, certificate, catalogue, registry, log },
    }));
    if (keda !== undefined) parts.add('KEDA server', keda);
    isListening = true;
    parts.add('summary', startSummary(log, config.summaryInterval, telemetry.summary));
    log.info({ securePort, adminPort: admin.port, kedaPort: keda?.port }, 'listening');
    return parts;
  },
});

function openStore({ valkey, keyPrefix }: ApiConfig, log: Logger): Store {
  return connect({
    ...valkey,
    keyPrefix,
    clientName: 'activescale-api',
    commandTimeout: STORE_TIMEOUT_MS,
    onState(state, reason) {
      if (state === 'up') log.info('Valkey is up');
      else log.warn({ reason }, 'Valkey is down; queries get 503, discovery still works');
    },
  });
}

function openCatalogue({ metricsFile }: ApiConfig, log: Logger): CatalogueSource {
  return startCatalogueSource({
    file: metricsFile,
    onChange: () => log.info('METRICS_FILE was reloaded'),
    onProblems: (problems) =>
      log.error({ problems }, 'METRICS_FILE is invalid; keeping the previous metrics'),
  });
}

async function startServingTls({ tls: files, serviceName }: ApiConfig, log: Logger) {
  if (files === undefined)
    log.warn('no TLS_CERT_FILE: serving with a self-signed certificate, which clients cannot verify');
  const certificate = await startCertificateSource({
    files,
    names: [serviceName, 'localhost', '127.0.0.1', '::1'],
    onChange(next) {
      tls.setCertificate(next);
      log.info('the serving certificate was replaced');
    },
    onError: (error) =>
      log.error({ err: error }, 'the new serving certificate is invalid; keeping the previous one'),
  });
  const tls = createServingTls(certificate.current);
  return { certificate, tls };
}

interface ObservedSources {
  readonly store: Store;
  readonly catalogue: CatalogueSource;
  readonly cluster: Cluster | undefined;
  readonly fallThrough: FallThrough | undefined;
  readonly telemetry: Telemetry;
  readonly lastAnswers: ReturnType<typeof createLastAnswers>;
}

/** The metrics APIs and KEDA's scaler, which compute values in the same way. */
function metricApis(
  config: ApiConfig,
  { store, catalogue, cluster, fallThrough, telemetry, lastAnswers }: ObservedSources,
): Pick<AppOptions, 'customMetrics' | 'externalMetrics'> & {
  keda(): Pick<KedaOptions, 'answers' | 'activities' | 'answered'>;
} {
  const sourcesFor = createMetricSources(config, store, cluster);
  const sourcesOf = (group: string) =>
    sourcesFor({ ...telemetry.observer(group), onAnswer: lastAnswers(group) });
  const shared = {
    catalogue: () => catalogue.current,
    answered: ({ metric }: { readonly metric: string }, items: number) => telemetry.answered(metric, items),
  };
  return {
    customMetrics: { ...shared, ...sourcesOf(CUSTOM_METRICS_GROUP), fallThrough: fallThrough?.custom },
    externalMetrics: config.externalMetrics
      ? { ...shared, ...sourcesOf(EXTERNAL_METRICS_GROUP), fallThrough: fallThrough?.external }
      : undefined,
    keda: () => ({
      answers: createReadings(sourcesOf(EXTERNAL_SCALER)),
      activities: createReadings(sourcesFor(UNOBSERVED)),
      answered: telemetry.answered,
    }),
  };
}

/** Loaded only if KEDA is served, because grpc-js takes a seventh of a second to load. */
async function serveKeda(
  settings: KedaSettings | undefined,
  options: () => Omit<KedaOptions, 'settings'>,
): Promise<Keda | undefined> {
  if (settings === undefined) return undefined;
  const { startKeda } = await import('./keda/keda.ts');
  return startKeda({ ...options(), settings });
}

/** Loaded only with a cluster, because the Kubernetes client takes a second to load. */
async function join(options: ClusterOptions): Promise<Cluster> {
  const { joinCluster } = await import('./cluster.ts');
  return joinCluster(options);
}

/** undefined: there is no other adapter. */
async function openFallThrough(
  { fallThrough: config, kubeconfig }: ApiConfig,
  registry: Registry,
  log: Logger,
): Promise<FallThrough | undefined> {
  if (config.custom === undefined && config.external === undefined) return undefined;
  const { clusterLogin } = await import('@activescale/kube/config');
  return startFallThrough({ config, login: clusterLogin(kubeconfig), registry, log });
}

function createFailureLog(log: Logger): (error: unknown, url: string) => void {
  const rate = createLogRate(() => performance.now());
  return (error, url) => {
    const suppressed = rate('request');
    if (suppressed !== undefined)
      log.error({ err: error, url: printable(url), suppressed }, 'a request failed');
  };
}

/** All addresses; a node may have IPv6 disabled. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
