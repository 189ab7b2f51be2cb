import { createHash } from 'node:crypto';
import type { PodIdentity } from '@activescale/protocol/envoy';
import { encodeAddress, encodeDescription, recordName } from '@activescale/protocol/record';
import type { Subject } from './subject.ts';

/** The pod of a stream, with what each of its records needs. */
export interface StreamPod extends Subject, Pick<PodIdentity, 'name' | 'ip' | 'nodeId'> {}

/** @param verifiedIp the verified address of the connection, '' if none was required */
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
    isDemand: false,
    description: encodeDescription({ ...identity, ip }),
    // Not in Node's pool of Buffers: it lives as long as the stream.
    address: new Uint8Array(encodeAddress(ip)),
    filterShown: statsRules !== undefined,
    template: numberOf(proxy, istioVersion, template, declaredScopes),
    proxyId: numberOf(proxy, nodeId),
    flushInterval: identity.flushInterval,
  };
}

/** A number that identifies some texts, from 1 to 2^32 - 1: 0 means unknown. */
function numberOf(...texts: readonly string[]): number {
  return createHash('sha256').update(JSON.stringify(texts)).digest().readUInt32LE(0) || 1;
}
