import type { KubeClient } from '@activescale/kube';
import type { Catalogue } from '@activescale/metrics';
import { askIfThere } from '../../cluster/ask.ts';
import type { Finding } from '../finding.ts';

interface ResourceList {
  /** `pods/http_requests`, or the name of an external metric. */
  readonly resources: readonly { readonly name: string }[];
}

/**
 * Metrics of another adapter that activescale has too, and will answer in its place.
 * @param service the name of its APIService, such as v1beta1.custom.metrics.k8s.io
 */
export async function overlapFindings(
  client: KubeClient,
  service: string,
  catalogue: Catalogue,
): Promise<Finding[]> {
  const [version, ...group] = service.split('.');
  // An adapter that does not answer has no list to compare.
  const list = await askIfThere<ResourceList>(client, `/apis/${group.join('.')}/${version}`).catch(() => {});
  return overlap(service, list?.resources.map(({ name }) => name) ?? [], catalogue);
}

export function overlap(service: string, resources: readonly string[], catalogue: Catalogue): Finding[] {
  const theirs = new Set(resources.map((name) => name.slice(name.indexOf('/') + 1)));
  const both = [...catalogue.keys()].filter((name) => theirs.has(name));
  if (both.length === 0) return [];
  return [
    {
      code: 'ASC721',
      subject: `APIService ${service}`,
      problem: `its server also has ${both.join(', ')}: activescale will answer ${both.length === 1 ? 'it' : 'them'} instead`,
      fix: "compare the values first, or give activescale's metrics other names (METRICS_FILE, docs/signals.md)",
    },
  ];
}
