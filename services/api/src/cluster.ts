import type { X509Certificate } from 'node:crypto';
import { createDestinationLookup } from '@activescale/kube';
import { clusterClient } from '@activescale/kube/config';
import { createLogRate, type HealthCheck, type Logger } from '@activescale/runtime';
import type { Registry } from 'prom-client';
import { type CheckAccess, createAccessCheck } from './access/access.ts';
import { watchAuthConfig } from './access/auth-config.ts';
import { createAuthenticate } from './access/authentication.ts';
import { createAuthorize } from './access/authorization.ts';
import { createProve } from './access/certificate-proof.ts';
import { createReviews } from './access/reviews.ts';
import type { PodSource } from './metrics/provider.ts';
import { clusterPodSource } from './objects/cluster-pod-source.ts';
import { createDescribedObjects, type DescribedObjects } from './objects/described-objects.ts';
import { clusterDestinations, type Destinations } from './objects/destinations.ts';
import { createNoPods, type NoPods } from './objects/no-pods.ts';
import { watchPods } from './objects/pods.ts';
import type { ApiTelemetry } from './telemetry/api-telemetry.ts';
import { createClusterTelemetry } from './telemetry/cluster-telemetry.ts';
import { startBundleWatch } from './tls/bundle-watch.ts';
import type { CertificateSource } from './tls/certificate-source.ts';
import type { ServingTls } from './tls/serving-tls.ts';

/** The parts of this server that depend on the cluster. */
export interface Cluster {
  readonly pods: PodSource;
  readonly objects: DescribedObjects;
  readonly noPods: NoPods;
  readonly destinations: Destinations;
  readonly checkAccess: CheckAccess;
  /** Whether a client certificate is kube-apiserver's, whose connection has the requests of many users. */
  isFrontProxy(certificate: X509Certificate): boolean;
  readonly checks: readonly HealthCheck[];
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  readonly verifyPodIp: boolean;
  /** Valkey's clock, ms since the epoch; undefined until it is read. */
  now(): number | undefined;
  /** API groups that are served. */
  readonly groups: readonly string[];
  readonly tls: ServingTls;
  readonly certificate: Pick<CertificateSource, 'current'>;
  readonly telemetry: ApiTelemetry;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Starts to watch the cluster. It may be down: its users report that until it is available. */
export function joinCluster(options: ClusterOptions): Cluster {
  const { kubeconfig, verifyPodIp, now, groups, tls, certificate, telemetry, registry, log } = options;
  const client = clusterClient(kubeconfig, 'activescale-api');
  const reported = (what: string) => (trouble: unknown) => {
    if (trouble === undefined) log.info(`the watch of ${what} has recovered`);
    else log.warn({ err: trouble }, `the watch of ${what} failed; retrying, serving the last known state`);
  };
  const rate = createLogRate(() => performance.now());
  const warn = (kind: string, facts: object, message: string): void => {
    const suppressed = rate(kind);
    if (suppressed !== undefined) log.warn({ ...facts, suppressed }, message);
  };
  const pods = watchPods({ client, withIps: verifyPodIp, now, onState: reported('pods') });
  const objects = createDescribedObjects(client);
  const podSource = clusterPodSource(pods, objects);
  const authConfig = watchAuthConfig(
    client,
    (config) => {
      if (config === undefined)
        log.warn(
          'extension-apiserver-authentication is missing or unreadable: client certificates are not accepted, only tokens',
        );
      tls.setClientCas(config?.caPem ?? '');
    },
    reported('the client CAs'),
  );
  const reviews = createReviews({
    client,
    called: telemetry.reviewed,
    refused: telemetry.reviewRefused,
    stale: (kind, error) => warn(kind, { err: error, kind }, 'review failed; using the cached result'),
  });
  const prove = createProve(() => authConfig.current);
  const authenticate = createAuthenticate(
    () => authConfig.current,
    prove,
    reviews,
    (error) => warn('token', { err: error }, 'TokenReview failed'),
  );
  const bundles = startBundleWatch(client, groups, certificate, log);
  createClusterTelemetry(registry, {
    pods: () => pods.size,
    watchAges: () => ({ pods: pods.age() / 1000, configmaps: authConfig.age() / 1000 }),
    bundles: () => bundles.valid,
  });
  return {
    pods: podSource,
    objects,
    destinations: clusterDestinations(createDestinationLookup(client)),
    noPods: createNoPods({ client, pods: podSource, age: pods.age }),
    checkAccess: createAccessCheck(authenticate, createAuthorize(reviews), telemetry),
    isFrontProxy: (certificate) => prove(certificate).isFrontProxy,
    checks: [
      {
        name: 'informer-sync',
        probes: ['readyz'],
        severity: 'fail',
        check: () => (pods.synced ? undefined : 'the list of pods is not synced'),
      },
      {
        name: 'auth-config',
        probes: ['readyz'],
        severity: 'fail',
        check: () => (authConfig.synced ? undefined : 'the client CAs of the cluster have not been read'),
      },
    ],
    async close() {
      bundles.close();
      await Promise.all([pods.close(), authConfig.close()]);
    },
  };
}
