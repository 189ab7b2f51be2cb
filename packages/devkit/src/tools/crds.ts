import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from './cache.ts';
import { go } from './go.ts';
import { run } from './run.ts';

/** A project whose released Go module carries its CustomResourceDefinitions. */
interface CrdSource {
  readonly module: string;
  readonly version: string;
  readonly folder: string;
}

const SOURCES = {
  'argo-cd': { module: 'github.com/argoproj/argo-cd/v3', version: 'v3.2.11', folder: 'manifests/crds' },
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    folder: 'deploy/crds',
  },
  'prometheus-operator': {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    folder: 'example/prometheus-operator-crd',
  },
} satisfies Record<string, CrdSource>;

export type CrdProject = keyof typeof SOURCES;

/** The YAML files of a project's CustomResourceDefinitions, downloaded once into the tool cache. */
export async function crdFiles(project: CrdProject): Promise<string[]> {
  const { module, version, folder } = SOURCES[project];
  const made = await makeOnce(`${project}-crds-${version}`, async (into) => {
    await cp(join(await moduleFolder(module, version, into), folder), join(into, 'crds'), {
      recursive: true,
    });
  });
  const files = await readdir(join(made, 'crds'));
  return files
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .map((name) => join(made, 'crds', name));
}

/** Where Go has put the source of a module. Outside of any module of one's own it would not say. */
async function moduleFolder(module: string, version: string, scratch: string): Promise<string> {
  const work = join(scratch, 'module');
  await mkdir(work);
  await writeFile(join(work, 'go.mod'), 'module activescale.test/crds\n\ngo 1.24.0\n');
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  const { Dir } = JSON.parse(await run(await go(), args, { cwd: work, env: { GOFLAGS: '' } })) as {
    Dir: string;
  };
  return Dir;
}
