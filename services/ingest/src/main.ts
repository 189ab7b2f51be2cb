import { performance } from 'node:perf_hooks';
import type { PodClaim } from '@activescale/protocol/envoy';
import {
  createLogger,
  createParts,
  effectiveSettings,
  exposeBuild,
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
import { connect } from '@activescale/store';
import { Registry } from 'prom-client';
import { defineIngestConfig, type IngestConfig } from './config.ts';
import { createClusterTargets } from './flush/demand/cluster-targets.ts';
import { createKnownStats } from './flush/known-stats.ts';
import { createPatterns } from './flush/patterns.ts';
import { isDemandSource } from './identity/demand-sources.ts';
import { verifyPeer } from './identity/peer-check.ts';
import { createPodStreams } from './pod-stream.ts';
import { createStateBudget } from './state-budget.ts';
import { podStreamEvents, serverEvents, writeBehindEvents } from './telemetry/observers.ts';
import { createSummary, createTelemetry } from './telemetry/telemetry.ts';
import { type GrpcCredentials, grpcCredentials } from './wires/grpc/credentials.ts';
import { addressGroup } from './wires/grpc/limits/address-group.ts';
import { type IngestServer, startIngestServer } from './wires/ingest-server.ts';
import { createStalls } from './wires/stalls.ts';
import { createResume } from './write/resume.ts';
import { createWriteBehind } from './write/write-behind.ts';

/** Time limit for writing waiting samples at the end, in ms. */
const LAST_WRITE_MS = 1_000;

const STORE_DOWN = 'Valkey is down; streams stay open, and the newest sample of each pod waits';

const build = readBuild(new URL('..', import.meta.url), process.env);

await runProcess({
  name: 'ingest',
  settings: defineIngestConfig,
  build,
  async main(signal) {
    const config = readSettings(process.env, defineIngestConfig);
    const log = createLogger('ingest', config.logVerbosity);
    log.info({ ...build, settings: effectiveSettings(process.env, defineIngestConfig) }, 'starting');
    for (const warning of valkeyWarnings(config.valkey)) log.warn(warning);
    const parts = createParts();
    const registry = new Registry();
    exposeBuild(registry, build);
    const now = () => performance.now();

    const store = parts.add(
      'store',
      connect({
        ...config.valkey,
        keyPrefix: config.keyPrefix,
        clientName: 'activescale-ingest',
        marksServers: true,
        onState(state, reason) {
          if (state === 'up') {
            log.info('Valkey is up');
            records.resume();
          } else log.warn({ reason }, STORE_DOWN);
        },
      }),
    );
    let server: IngestServer | undefined;
    let grpcTls: GrpcCredentials | undefined;
    const telemetry = createTelemetry(registry, {
      streams: () => server?.streams ?? 0,
      waiting: () => records.waiting,
      storeUp: () => store.state === 'up',
      certificateEnds: () => grpcTls?.ends(),
      peerCheck: config.peerCheck,
    });
    const records = createWriteBehind({
      store,
      metricTtl: config.metricTtl,
      now,
      events: writeBehindEvents(log, telemetry),
    });
    parts.add('write-behind', { close: () => records.close(LAST_WRITE_MS) });
    const admin = parts.add(
      'admin server',
      await startAdmin({
        host: config.listenHost,
        port: config.adminPort,
        registry,
        checks: [
          readyCheck('store', 'warn', () =>
            store.state === 'up' ? undefined : 'Valkey is down, samples wait',
          ),
          shutdownCheck(signal),
          readyCheck('grpc', 'fail', () => (server === undefined ? 'starting' : undefined)),
        ],
      }),
    );
    grpcTls = parts.add('gRPC certificate', await openCredentials(config, log));
    const { metricName, metricTtl, counterMode, peerCheck, ownScopes } = config;
    const stalls = createStalls(now());
    const demand = {
      from: config.demandFrom,
      targets: createClusterTargets(config.demandClusters),
      reportsAll: (pod: PodClaim) => isDemandSource(config.demandSources, peerCheck, pod),
    };
    const streams = createPodStreams({
      metricName,
      metricTtl,
      demand,
      counterMode,
      ownScopes,
      patterns: createPatterns(now),
      stats: createKnownStats(),
      states: createStateBudget(),
      waitedAt: stalls.waitedAt,
      verify: (peer, pod) => verifyPeer(peerCheck, peer, pod),
      ...createResume(store, now, log),
      flushed: records.put,
      events: podStreamEvents(log, telemetry, now),
    });
    // A stream that opens while the store connects could not resume the history of its pod.
    await store.firstState;
    server = await startIngestServer({
      host: config.listenHost,
      port: config.grpcPort,
      credentials: grpcTls,
      maxStreams: config.grpcMaxStreams,
      maxUnfinishedBytes: config.grpcMaxUnfinishedBytes,
      maxConnectionAge: config.grpcMaxConnectionAge,
      now,
      stalls,
      openStream: (peer) => streams.open({ peer, group: addressGroup(peer.address) }),
      events: serverEvents(log, telemetry, now),
    });
    const { port: grpcPort } = parts.add('gRPC server', server);

    parts.add('summary', startSummary(log, config.summaryInterval, createSummary(telemetry.totals)));
    log.info({ grpcPort, adminPort: admin.port }, 'listening');
    return parts;
  },
});

function openCredentials({ grpcTls }: IngestConfig, log: Logger): Promise<GrpcCredentials> {
  return grpcCredentials(grpcTls, {
    replaced: () => log.info('the certificate of the gRPC port was replaced'),
    failed: (error) =>
      log.error({ err: error }, 'the new certificate of the gRPC port is invalid; keeping the previous one'),
  });
}
