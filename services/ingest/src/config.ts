import { type ClusterNaming, parseClusterNaming, parseFullMatch } from '@activescale/protocol/envoy';
import { type CommonSettings, commonSettings, type SettingsReader } from '@activescale/runtime';
import type { CounterMode } from './flush/flush-facts.ts';
import { parseDemandSources, type SourcePattern } from './identity/demand-sources.ts';
import type { PeerCheck } from './identity/peer-check.ts';
import type { DemandFrom } from './known-pod.ts';
import type { GrpcTlsFiles } from './wires/grpc/credentials.ts';

/** All settings of ingest. */
export interface IngestConfig extends CommonSettings {
  readonly grpcPort: number;
  /** undefined: plaintext. */
  readonly grpcTls: GrpcTlsFiles | undefined;
  readonly peerCheck: PeerCheck;
  /** In ms; 0: disabled. */
  readonly grpcMaxConnectionAge: number;
  readonly grpcMaxStreams: number;
  readonly grpcMaxUnfinishedBytes: number;
  /**
   * The only family that counts, as the gauge of active requests; undefined: determined by the proxy's type.
   */
  readonly metricName: string | undefined;
  /** RE2 expression for the scopes that are the load of all pods; undefined: determined by their names. */
  readonly ownScopes: string | undefined;
  /** How sinks send counters. */
  readonly counterMode: CounterMode;
  readonly demandFrom: DemandFrom;
  /** Sources that may report the demand of every namespace. */
  readonly demandSources: readonly SourcePattern[];
  /** Destinations by the names of clusters; undefined: only by the names that control planes give. */
  readonly demandClusters: ClusterNaming | undefined;
}

export function defineIngestConfig(read: SettingsReader): IngestConfig {
  const common = commonSettings(read);
  const grpcPort = read.integer('GRPC_PORT', {
    default: 9000,
    min: 0,
    max: 65_535,
    help: 'Port on which proxies push StreamMetrics; 0 for any free port.',
  });
  const grpcTls = tlsFiles(read);
  const check = peerCheck(read, grpcTls);
  return {
    ...common,
    grpcPort,
    grpcTls,
    peerCheck: check,
    grpcMaxConnectionAge: read.duration('GRPC_MAX_CONNECTION_AGE', {
      default: '10m',
      help: 'Maximum connection age (±10 %), after which clients reconnect, possibly to another replica; 0s disables it.',
    }),
    grpcMaxStreams: read.integer('GRPC_MAX_STREAMS', {
      default: 10_000,
      min: 1,
      help: 'Maximum number of streams; above it, the address with the most streams loses its newest.',
    }),
    grpcMaxUnfinishedBytes:
      MIB *
      read.integer('GRPC_MAX_UNFINISHED_MIB', {
        default: 128,
        min: 64,
        max: 65_536,
        help: 'Memory in MiB for messages that are incomplete or wait for earlier ones, over all streams; above it, the heaviest client loses a stream.',
      }),
    metricName: read.optional('METRIC_NAME', {
      unset: 'auto',
      help: 'Name of the only metric family that counts, as the gauge of requests in flight.',
    }),
    ownScopes: ownScopes(read),
    counterMode: read.oneOf('COUNTER_MODE', {
      default: 'cumulative',
      values: ['cumulative', 'delta'],
      help: 'Use delta for sinks with report_counters_as_deltas.',
    }),
    demandFrom: read.oneOf('DEMAND_FROM', {
      default: 'gateways',
      values: ['gateways', 'all', 'off'],
      help: 'Proxies that report demand: gateways, waypoints and Envoys without Istio (gateways), sidecars too (all), or none (off).',
    }),
    demandSources: demandSources(read, check),
    demandClusters: demandClusters(read),
  };
}

const MIB = 1024 * 1024;

function tlsFiles(read: SettingsReader): GrpcTlsFiles | undefined {
  const certFile = read.file('GRPC_TLS_CERT_FILE', {
    unset: 'plaintext',
    help: "PEM file of the gRPC port's certificate and its chain; if set, the port requires TLS.",
  });
  const keyFile = read.file('GRPC_TLS_KEY_FILE', { help: 'PEM file of its key.' });
  const clientCaFile = read.file('GRPC_TLS_CLIENT_CA_FILE', {
    help: "PEM file of the CAs that sign the proxies' certificates; if set, a proxy must present one.",
  });
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, clientCaFile };
  if (certFile !== undefined) read.problem('GRPC_TLS_CERT_FILE', certFile, 'needs GRPC_TLS_KEY_FILE');
  if (keyFile !== undefined) read.problem('GRPC_TLS_KEY_FILE', keyFile, 'needs GRPC_TLS_CERT_FILE');
  if (clientCaFile !== undefined) {
    read.problem('GRPC_TLS_CLIENT_CA_FILE', clientCaFile, 'needs GRPC_TLS_CERT_FILE and GRPC_TLS_KEY_FILE');
  }
  return undefined;
}

function ownScopes(read: SettingsReader): string | undefined {
  const expression = read.optional('OWN_SCOPES', {
    unset: 'by name',
    help: "RE2 expression for the HTTP scopes and clusters that are a pod's load; ACTIVESCALE_SCOPES of a node takes precedence.",
  });
  if (expression === undefined) return undefined;
  const matches = parseFullMatch(expression);
  if (typeof matches === 'function') return expression;
  read.problem('OWN_SCOPES', expression, `is not an RE2 expression: ${matches}`);
  return undefined;
}

function demandSources(read: SettingsReader, check: PeerCheck): readonly SourcePattern[] {
  const list = read.optional('DEMAND_SOURCES', {
    unset: '* with PEER_CHECK=off, else none',
    help: 'Sources that may report demand for other namespaces: namespace/name of a service account or pod, with *, separated by commas.',
  });
  const sources = parseDemandSources(list ?? '*');
  if (typeof sources === 'string') {
    read.problem(
      'DEMAND_SOURCES',
      list ?? '',
      `expected * or namespace/name, found ${JSON.stringify(sources)}`,
    );
    return [];
  }
  return list === undefined && check !== 'off' ? [] : sources;
}

function demandClusters(read: SettingsReader): ClusterNaming | undefined {
  const expression = read.optional('DEMAND_CLUSTERS', {
    unset: 'names of control planes',
    help: 'RE2 expression with the groups namespace, service and optionally port, for the names of clusters that are Services.',
  });
  if (expression === undefined) return undefined;
  const naming = parseClusterNaming(expression);
  if (typeof naming === 'function') return naming;
  read.problem('DEMAND_CLUSTERS', expression, `is not an RE2 expression with these groups: ${naming}`);
  return undefined;
}

function peerCheck(read: SettingsReader, tls: GrpcTlsFiles | undefined): PeerCheck {
  const check = read.oneOf('PEER_CHECK', {
    default: 'off',
    values: ['off', 'address', 'spiffe'],
    help: "What a stream must prove: nothing (off), the pod's address (address), or its namespace and service account (spiffe).",
  });
  if (check === 'spiffe' && tls?.clientCaFile === undefined) {
    read.problem(
      'PEER_CHECK',
      check,
      'needs GRPC_TLS_CLIENT_CA_FILE: without it, clients present no certificate',
    );
  }
  return check;
}
