import {
  type CatalogueFile,
  demandHoldSetting,
  type IdleAsZero,
  idleAsZeroSetting,
  metricsFileSetting,
  verifyPodIpSetting,
} from '@activescale/metrics';
import { type CommonSettings, commonSettings, type SettingsReader } from '@activescale/runtime';
import { type FallThroughConfig, fallThroughSettings } from './fall-through/settings.ts';
import { type KedaSettings, kedaSettings } from './keda/settings.ts';

/** All settings of api. */
export interface ApiConfig extends CommonSettings {
  readonly securePort: number;
  /** The serving certificate and its key; undefined: self-signed. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** The name by which kube-apiserver connects to this server: `<service>.<namespace>.svc`. */
  readonly serviceName: string;
  /** undefined: in-cluster. */
  readonly kubeconfig: string | undefined;
  /**
   * No cluster: pods come from the records, without authentication, so the server listens on loopback only.
   */
  readonly standalone: boolean;
  /** The metrics that are served; undefined: the built-in ones. */
  readonly metricsFile: CatalogueFile | undefined;
  /** Whether the external metrics API is served. */
  readonly externalMetrics: boolean;
  /** Other adapters, for metrics that are not served here. */
  readonly fallThrough: FallThroughConfig;
  readonly idleAsZero: IdleAsZero;
  readonly verifyPodIp: boolean;
  /** How long a demand metric with the function `held` remains at 1 or more after a rejected request, in ms. */
  readonly demandHold: number;
  /** Of metric queries. */
  readonly inFlight: { readonly max: number; readonly maxPerUser: number };
  /** The external scaler for KEDA; undefined: it is not served. */
  readonly keda: KedaSettings | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

export function defineApiConfig(read: SettingsReader): ApiConfig {
  const common = commonSettings(read);
  const securePort = read.integer('SECURE_PORT', {
    default: 6443,
    min: 0,
    max: 65_535,
    help: 'Port of the metrics API over TLS; 0 for any free port.',
  });
  const tls = tlsFiles(read);
  const serviceName = read.string('SERVICE_NAME', {
    default: 'activescale-api.activescale.svc',
    help: 'Name in the self-signed certificate: <service>.<namespace>.svc.',
  });
  const kubeconfig = read.file('KUBECONFIG', {
    unset: 'in-cluster',
    help: 'Kubeconfig file for kube-apiserver.',
  });
  const standalone = read.boolean('STANDALONE', {
    default: false,
    help: 'Run without a cluster: pods and destinations come from the records; no authentication; loopback only.',
  });
  if (standalone && common.listenHost !== undefined && !LOOPBACK.test(common.listenHost)) {
    const why = 'STANDALONE=true authenticates nobody and may only listen on a loopback address';
    read.problem('LISTEN_HOST', common.listenHost, why);
  }
  const metricsFile = metricsFileSetting(read);
  const externalMetrics = read.boolean('EXTERNAL_METRICS', {
    default: false,
    help: 'Also serve external.metrics.k8s.io.',
  });
  const fallThrough = fallThroughSettings(read, { standalone, externalMetrics, serviceName });
  const idleAsZero = idleAsZeroSetting(read);
  const verifyPodIp = verifyPodIpSetting(read);
  if (standalone && verifyPodIp) {
    read.problem('VERIFY_POD_IP', 'true', 'STANDALONE=true has no cluster that knows the IP');
  }
  const demandHold = demandHoldSetting(read);
  const inFlight = {
    max: read.integer('MAX_REQUESTS_IN_FLIGHT', {
      default: 400,
      min: 1,
      help: 'Maximum queries in flight of all users; more get 429 at once.',
    }),
    maxPerUser: read.integer('MAX_REQUESTS_IN_FLIGHT_PER_USER', {
      default: 100,
      min: 1,
      help: 'Maximum queries in flight of one user; the HPA controller is one user.',
    }),
  };
  const keda = kedaSettings(read);
  const listenHost = common.listenHost ?? (standalone ? '127.0.0.1' : undefined);
  return {
    ...common,
    listenHost,
    securePort,
    tls,
    serviceName,
    kubeconfig,
    standalone,
    metricsFile,
    externalMetrics,
    fallThrough,
    idleAsZero,
    verifyPodIp,
    demandHold,
    inFlight,
    keda,
  };
}

function tlsFiles(read: SettingsReader): ApiConfig['tls'] {
  const certFile = read.file('TLS_CERT_FILE', {
    unset: 'self-signed',
    help: 'PEM file of the serving certificate and its chain.',
  });
  const keyFile = read.file('TLS_KEY_FILE', { help: 'PEM file of its key.' });
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== undefined) read.problem('TLS_CERT_FILE', certFile, 'needs TLS_KEY_FILE');
  if (keyFile !== undefined) read.problem('TLS_KEY_FILE', keyFile, 'needs TLS_CERT_FILE');
  return undefined;
}
