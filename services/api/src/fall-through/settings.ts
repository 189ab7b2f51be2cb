import type { SettingsReader } from '@activescale/runtime';

/** Another adapter in the cluster. */
export interface Backend {
  /** The setting that names it. */
  readonly setting: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** The CA of its serving certificate. */
  readonly caFile: string;
}

/** By the API group that it serves; undefined: the group has none. */
export interface FallThroughConfig {
  readonly custom: Backend | undefined;
  readonly external: Backend | undefined;
}

/** What decides whether another adapter can be used. */
interface Circumstances {
  readonly standalone: boolean;
  readonly externalMetrics: boolean;
  /** `<service>.<namespace>.svc` of this API, perhaps with the cluster's domain. */
  readonly serviceName: string;
}

const HTTPS = 443;
/** RFC 1035 for a Service, RFC 1123 for a namespace: both are labels of its DNS name. */
const TARGET = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)(?::(\d{1,5}))?$/;

export function fallThroughSettings(read: SettingsReader, circumstances: Circumstances): FallThroughConfig {
  const custom = backendOf(read, circumstances, {
    setting: 'FALLTHROUGH_CUSTOM',
    help: 'Adapter for other metrics of custom.metrics.k8s.io: <namespace>/<service>[:port].',
  });
  const external = backendOf(read, circumstances, {
    setting: 'FALLTHROUGH_EXTERNAL',
    help: 'Adapter for other metrics of external.metrics.k8s.io, and for those of KEDA: <namespace>/<service>[:port].',
  });
  if (external !== undefined && !circumstances.externalMetrics)
    read.problem(
      external.setting,
      `${external.namespace}/${external.service}`,
      'needs EXTERNAL_METRICS=true',
    );
  return { custom, external };
}

function backendOf(
  read: SettingsReader,
  { standalone, serviceName }: Circumstances,
  { setting, help }: { readonly setting: string; readonly help: string },
): Backend | undefined {
  const text = read.optional(setting, { help });
  const caSetting = `${setting}_CA_FILE`;
  const caFile = read.file(caSetting, { help: 'PEM file of the CA of its serving certificate.' });
  if (text === undefined) {
    if (caFile !== undefined) read.problem(caSetting, caFile, `needs ${setting}`);
    return undefined;
  }
  const [, namespace = '', service = '', port] = TARGET.exec(text) ?? [];
  const number = port === undefined ? HTTPS : Number(port);
  if (service === '' || number < 1 || number > 65_535) {
    read.problem(setting, text, 'expected <namespace>/<service>[:port]');
    return undefined;
  }
  if (standalone) read.problem(setting, text, 'STANDALONE=true has no cluster with another adapter');
  if (`${serviceName}.`.startsWith(`${service}.${namespace}.svc.`))
    read.problem(setting, text, 'is the Service of this API (SERVICE_NAME): name the other adapter');
  if (caFile === undefined) {
    read.problem(setting, text, `needs ${caSetting}`);
    return undefined;
  }
  return { setting, namespace, service, port: number, caFile };
}

/** The name that it is resolved by, and that its certificate must have. */
export function hostOf({ service, namespace }: Backend): string {
  return `${service}.${namespace}.svc`;
}
