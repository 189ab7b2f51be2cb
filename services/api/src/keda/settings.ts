import type { SettingsReader } from '@activescale/runtime';

/** Of the external scaler for KEDA. */
export interface KedaSettings {
  /** 0: any free one. */
  readonly port: number;
  /** PEM file of the CAs of client certificates; undefined: none is required. */
  readonly clientCaFile: string | undefined;
  readonly maxStreams: number;
}

/** undefined: KEDA is not served. */
export function kedaSettings(read: SettingsReader): KedaSettings | undefined {
  const port = read.port('KEDA_PORT', {
    default: 'off',
    help: 'Port of the external scaler for KEDA, gRPC over TLS; 0 for any free port, or off.',
  });
  const clientCaFile = read.file('KEDA_CLIENT_CA_FILE', {
    help: "PEM file of the CAs that sign KEDA's client certificate; if set, KEDA must present one.",
  });
  const maxStreams = read.integer('KEDA_MAX_STREAMS', {
    default: 1_000,
    min: 1,
    help: 'Maximum number of open streams of KEDA, two for each external-push trigger; more get RESOURCE_EXHAUSTED.',
  });
  return port === undefined ? undefined : { port, clientCaFile, maxStreams };
}
