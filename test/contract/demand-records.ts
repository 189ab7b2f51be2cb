import {
  ALL_STATS,
  type DestinationKind,
  destinationRecordName,
  restRecordName,
  type Source,
} from '@activescale/protocol/record';
import type { StoredPod } from './api.ts';

type Fields = Omit<StoredPod, 'name'>;

export function gateway(name: string, namespace = 'edge'): Source {
  return { namespace, name, verifiedIp: '' };
}

/** The record of a destination that ingest would have stored for this source. */
export function demandRecord(
  kind: DestinationKind,
  name: string,
  source: Source,
  { port = kind === 'service' ? '80' : '', ...fields }: Fields & { readonly port?: string } = {},
): StoredPod {
  return { name: destinationRecordName({ kind, name, port }, source), proxy: 'router', ...fields };
}

/** The record of a source about the destinations that it does not mention. */
export function restRecord(kind: DestinationKind, source: Source, fields: Fields = {}): StoredPod {
  const idle = { sent: 0, provenZero: ALL_STATS };
  return { name: restRecordName(kind, source), proxy: 'router', slots: [{}], ...idle, ...fields };
}
