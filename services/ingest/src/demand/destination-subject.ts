import {
  type Destination,
  type DestinationKind,
  destinationRecordName,
  EVERYWHERE,
  encodeDescription,
  restRecordName,
  type Source,
} from '@activescale/protocol/record';
import type { StreamPod } from '../stream-pod.ts';
import type { Subject } from '../subject.ts';

/** Makes the subjects of one source. */
export interface DestinationSubjects {
  of(destination: Destination): Subject;
  /** All destinations of a kind that the source does not mention, in the namespaces whose requests it would see. */
  rest(kind: DestinationKind): Subject;
}

/** @param reportsAll the source may report for every namespace, not only for its own */
export function destinationSubjects(pod: StreamPod, reportsAll: boolean): DestinationSubjects {
  const { ip, ipVerified, proxy, address, filterShown, template, proxyId, flushInterval } = pod;
  const source: Source = { namespace: pod.namespace, name: pod.name, verifiedIp: ipVerified ? ip : '' };
  const description = encodeDescription({ workload: '', ip, labels: {} });
  const subject = (namespace: string, recordName: string): Subject => ({
    namespace,
    recordName,
    key: `${namespace}/${recordName}`,
    isDemand: true,
    description,
    address,
    ipVerified,
    proxy,
    filterShown,
    template,
    proxyId,
    flushInterval,
  });
  // A waypoint sees only requests to Services that are bound to it, by default those of its namespace
  // (https://istio.io/latest/docs/ambient/usage/waypoint/).
  const seesAll = reportsAll && proxy !== 'waypoint';
  return {
    of: (destination) => subject(destination.namespace, destinationRecordName(destination, source)),
    rest: (kind) => subject(seesAll ? EVERYWHERE : pod.namespace, restRecordName(kind, source)),
  };
}
