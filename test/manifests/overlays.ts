import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type KubeObject, kubectl } from '@activescale/devkit';
import { parseAllDocuments, stringify } from 'yaml';

export const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/overlays');

/** The places that there is an overlay for. */
export const OVERLAYS = readdirSync(folder);

/** What `kubectl apply -k` would apply, as YAML. */
export function buildOverlay(name: string): Promise<string> {
  return kubectl('kustomize', join(folder, name));
}

/** @param checkout the checkout that the overlay is of */
export async function overlayObjects(name: string, checkout = root): Promise<KubeObject[]> {
  return objectsOf(await kubectl('kustomize', join(checkout, 'deploy/overlays', name)));
}

/** What an overlay of two lines would build: another overlay, and components on top of it. */
export function overlayWith(name: string, ...components: readonly string[]): Promise<KubeObject[]> {
  return kustomized(`overlays/${name}`, components);
}

/**
 * What an overlay would build.
 * @param resource a folder of deploy
 * @param more other fields of its kustomization.yaml
 */
export async function kustomized(
  resource: string,
  components: readonly string[],
  more: object = {},
): Promise<KubeObject[]> {
  const place = await mkdtemp(join(tmpdir(), 'overlay-'));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(place, join(root, 'deploy', resource))],
    components: components.map((each) => relative(place, join(root, 'deploy/components', each))),
    ...more,
  };
  try {
    await writeFile(join(place, 'kustomization.yaml'), stringify(kustomization));
    return objectsOf(await kubectl('kustomize', place));
  } finally {
    await rm(place, { recursive: true });
  }
}

function objectsOf(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubeObject);
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef: { name: string } }[];
  volumeMounts?: { name: string; mountPath: string }[];
  resources?: Record<'requests' | 'limits', Record<string, string>>;
}

export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: {
    containers: Container[];
    initContainers?: Container[];
    volumes?: { name: string; secret?: { secretName: string } }[];
  };
  /** The volumes that a StatefulSet would add. */
  claims: object[];
}

type Template = Omit<PodTemplate, 'claims'>;

interface Workload extends KubeObject {
  spec: {
    template?: Template;
    jobTemplate?: { spec: { template: Template } };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
}

/** The templates of all pods that the objects would start, by kind and name of what starts them. */
export function podTemplates(objects: readonly KubeObject[]): Map<string, PodTemplate> {
  const templates = new Map<string, PodTemplate>();
  for (const object of objects) {
    const { spec } = object as Workload;
    const template = spec?.jobTemplate?.spec.template ?? spec?.template;
    const claims = (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => ({
      name: metadata.name,
      persistentVolumeClaim: { claimName: metadata.name },
    }));
    if (template) templates.set(`${object.kind} ${object.metadata.name}`, { ...template, claims });
  }
  return templates;
}

interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

/** All variables that a container gets, by name. */
export function environment(
  { env = [], envFrom = [] }: Container,
  objects: readonly KubeObject[],
): Map<string, string> {
  const variables = new Map(env.map(({ name, value = '' }) => [name, value]));
  for (const { configMapRef } of envFrom) {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name,
    );
    if (map === undefined) throw new Error(`there is no ConfigMap ${configMapRef.name}`);
    for (const [name, value] of Object.entries((map as ConfigMap).data)) variables.set(name, value);
  }
  return variables;
}
