import type { DiscoveredGroup } from '@activescale/protocol/kubernetes';
import { derived } from '../derived.ts';
import type { RequestInfo } from '../http/request-info.ts';
import type { MeasuredRequest } from './api-telemetry.ts';

/** Of resources and of paths; HTTP/2 lets a client invent methods. */
const VERBS: ReadonlySet<string> = new Set(
  'get list watch create update patch delete deletecollection head post put options'.split(' '),
);

/** What of a request becomes labels of metrics: only words that we know, or a client could fill the memory with others. */
export function createRequestLabels(
  groups: () => readonly DiscoveredGroup[],
): (info: RequestInfo) => MeasuredRequest {
  const words = derived(groups, knownWords);
  return (info) => {
    const verb = VERBS.has(info.verb) ? info.verb : 'other';
    const nothing = { verb, group: '', version: '', resource: '', subresource: '' };
    if (info.kind === 'path') return nothing;
    const { group, version, resource, subresource } = info;
    const known = words();
    if (!known.has(`${group}/${version}`)) return nothing;
    const listed = known.has(`${group}/${version}/${resource}/${subresource}`);
    return { ...nothing, group, version, ...(listed && { resource, subresource }) };
  };
}

function knownWords(groups: readonly DiscoveredGroup[]): ReadonlySet<string> {
  return new Set(
    groups.flatMap(({ name, versions, resources }) =>
      versions.flatMap((version) => [
        `${name}/${version}`,
        ...resources.map(({ resource, metric = '' }) => `${name}/${version}/${resource}/${metric}`),
      ]),
    ),
  );
}
