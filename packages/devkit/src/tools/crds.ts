import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { ARGOCD } from './argocd.ts';
import { makeOnce } from './cache.ts';
import { goModule } from './go-module.ts';

/** A project whose released Go module carries its CustomResourceDefinitions. */
interface CrdSource {
  readonly module: string;
  readonly version: string;
  readonly folder: string;
}

export const ENVOY_GATEWAY = {
  module: 'github.com/envoyproxy/gateway',
  version: `v${VERSIONS.envoyGateway}`,
};

export const KEDA = { module: 'github.com/kedacore/keda/v2', version: `v${VERSIONS.keda}` };

const SOURCES = {
  'argo-cd': { ...ARGOCD, folder: 'manifests/crds' },
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    version: `v${VERSIONS.certManager}`,
    folder: 'deploy/crds',
  },
  'envoy-gateway': {
    ...ENVOY_GATEWAY,
    folder: 'charts/gateway-helm/charts/crds/crds/generated',
  },
  'gateway-api': { module: 'sigs.k8s.io/gateway-api', version: 'v1.4.1', folder: 'config/crd/standard' },
  keda: { ...KEDA, folder: 'config/crd/bases' },
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
    const source = join(await goModule(module, version), folder);
    for (const name of await readdir(source)) {
      if (/(?<!^kustomization)\.yaml$/.test(name)) await copyFile(join(source, name), join(into, name));
    }
  });
  return (await readdir(made)).map((name) => join(made, name));
}
