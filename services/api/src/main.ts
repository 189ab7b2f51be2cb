import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  createLogger,
  createParts,
  type HealthCheck,
  readSettings,
  runProcess,
  startAdmin,
} from '@activescale/runtime';
import { connect } from '@activescale/store';
import { Registry } from 'prom-client';
import { buildApp } from './app.ts';
import { builtInCatalogue } from './catalogue.ts';
import { readCertificate, selfSignedCertificate } from './certificate.ts';
import { defineApiConfig } from './config.ts';
import type { ClusterPods } from './pods.ts';
import { createProvider } from './provider.ts';
import { standalonePods } from './standalone-pods.ts';
import { createTelemetry } from './telemetry.ts';

/** A query must be answered within a second: what is left is for the rest, in ms. */
const STORE_TIMEOUT_MS = 800;

await runProcess({
  name: 'api',
  settings: defineApiConfig,
  async main(signal) {
    const config = readSettings(process.env, defineApiConfig);
    const log = createLogger('api', config.logVerbosity);
    const parts = createParts();
    const registry = new Registry();

    const store = parts.add(
      'store',
      connect({
        ...config.valkey,
        keyPrefix: config.keyPrefix,
        clientName: 'activescale-api',
        commandTimeout: STORE_TIMEOUT_MS,
        onState(state, reason) {
          if (state === 'up') log.info('Valkey is up');
          else log.warn({ reason }, 'Valkey is down; queries are answered with 503, discovery goes on');
        },
      }),
    );
    const telemetry = createTelemetry(registry, () => store.state === 'up');

    const checks: HealthCheck[] = [
      {
        name: 'store',
        probes: ['readyz'],
        severity: 'warn',
        check: () => (store.state === 'up' ? undefined : 'Valkey is down, queries are answered with 503'),
      },
      {
        name: 'shutdown',
        probes: ['readyz'],
        severity: 'fail',
        check: () => (signal.aborted ? 'shutting down' : undefined),
      },
    ];
    let pods: ClusterPods | undefined;
    if (!config.standalone) {
      const [{ clusterClient }, { watchPods }] = await Promise.all([
        import('./kube-config.ts'),
        import('./pods.ts'),
      ]);
      const watched = watchPods({
        client: clusterClient(config.kubeconfig),
        withIps: config.verifyPodIp,
        onState(trouble) {
          if (trouble === undefined) log.info('the watch of pods works again');
          else
            log.warn({ err: trouble }, 'the watch of pods broke; it is tried again, the last list is used');
        },
      });
      pods = parts.add('watch of pods', watched);
      checks.push({
        name: 'informer-sync',
        probes: ['readyz'],
        severity: 'fail',
        check: () => (watched.synced ? undefined : 'the list of pods is not synced'),
      });
    }
    const admin = parts.add(
      'admin server',
      await startAdmin({ host: config.listenHost, port: config.adminPort, registry, checks }),
    );
    const provider = createProvider({
      catalogue: builtInCatalogue,
      pods: pods ?? standalonePods(store),
      heads: store,
      rules: config,
      leftOut: telemetry.leftOut,
      served: telemetry.served,
    });

    if (config.tls === undefined) {
      log.warn('no TLS_CERT_FILE: serving with a self-signed certificate, which clients cannot verify');
    }
    const certificate =
      config.tls === undefined
        ? await selfSignedCertificate(['localhost', '127.0.0.1', '::1'], Date.now())
        : await readCertificate(config.tls);
    const app = buildApp({
      certificate,
      port: config.securePort,
      catalogue: builtInCatalogue,
      provider,
      answered(query, items) {
        telemetry.answered(query.metric, items);
        log.debug({ query, items }, 'answered');
      },
      failed: (error, request) => log.error({ err: error, url: request.url }, 'a request failed'),
    });
    parts.add('API server', app);
    await app.listen({ port: config.securePort, host: config.listenHost ?? anyAddress() });
    const { port: securePort } = app.server.address() as AddressInfo;

    if (config.summaryInterval > 0) {
      const timer = setInterval(() => log.info(telemetry.summary(), 'summary'), config.summaryInterval);
      parts.add('summary', { close: () => clearInterval(timer) });
    }
    log.info({ securePort, adminPort: admin.port }, 'listening');
    return parts;
  },
});

/** All addresses; a node may have IPv6 switched off. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
