import { createHash } from 'node:crypto';
import type { PodIdentity } from '@activescale/protocol/envoy';
import { encodeAddress, encodeDescription, recordName } from '@activescale/protocol/record';

/** The pod of a stream, with what each of its records needs. */
export interface StreamPod extends Pick<PodIdentity, 'namespace' | 'name' | 'proxy' | 'ip' | 'nodeId'> {
  /** Whether `ip` is the address that its connection comes from. */
  readonly ipVerified: boolean;
  /** The name of its record: nobody else can write under it where `ipVerified`. */
  readonly recordName: string;
  /** `<namespace>/<recordName>` */
  readonly key: string;
  /** Workload, IP address and labels as the record holds them. */
  readonly description: Uint8Array;
  /** The IP address as heads hold it. */
  readonly address: Uint8Array;
  /** The node's metadata shows its stats filter. */
  readonly filterShown: boolean;
  /** See `Evidence`. */
  readonly template: number;
  readonly proxyId: number;
  /** Length of a flush in ms as the node says; 0 unknown. */
  readonly flushInterval: number;
}

/** @param verifiedIp the address that the connection proves, '' where none was asked for */
export function streamPod(identity: PodIdentity, verifiedIp: string): StreamPod {
  const { namespace, name, proxy, nodeId, istioVersion, template, declaredScopes, statsRules } = identity;
  const ip = verifiedIp === '' ? identity.ip : verifiedIp;
  const record = recordName(name, verifiedIp);
  return {
    namespace,
    name,
    proxy,
    ip,
    nodeId,
    ipVerified: verifiedIp !== '',
    recordName: record,
    key: `${namespace}/${record}`,
    description: encodeDescription({ ...identity, ip }),
    address: encodeAddress(ip),
    filterShown: statsRules !== undefined,
    template: numberOf(proxy, istioVersion, template, declaredScopes),
    proxyId: numberOf(proxy, nodeId),
    flushInterval: identity.flushInterval,
  };
}

/** A number that stands for some texts, from 1 to 2^32 - 1: 0 means unknown. */
function numberOf(...texts: readonly string[]): number {
  return createHash('sha256').update(JSON.stringify(texts)).digest().readUInt32LE(0) || 1;
}
