import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { until } from '../process/until.ts';
import { type CrdProject, crdFiles } from '../tools/crds.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';

interface Definition extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

/** Teaches a cluster the kinds of some projects, and waits until it knows them. */
export async function installCrds(admin: KubeClient, ...projects: CrdProject[]): Promise<void> {
  const files = (await Promise.all(projects.map(crdFiles))).flat();
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
      const definition = document.toJS() as KubeObject | null;
      if (definition?.kind !== 'CustomResourceDefinition') continue;
      await admin.apply(definition);
    }
  }
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const established = ({ status }: Definition) =>
    status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  const look = async () => (await admin.list<Definition>(path)).every(established);
  await until(look, { what: `the kinds of ${projects.join(', ')}`, deadline: 60_000, every: 200 });
}
