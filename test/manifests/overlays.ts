import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeObject, kubectl } from '@activescale/devkit';
import { parseAllDocuments } from 'yaml';

export const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/overlays');

/** The places that there is an overlay for. */
export const OVERLAYS = readdirSync(folder);

/** What `kubectl apply -k` would apply, as YAML. */
export function buildOverlay(name: string): Promise<string> {
  return kubectl('kustomize', join(folder, name));
}

export async function overlayObjects(name: string): Promise<KubeObject[]> {
  return parseAllDocuments(await buildOverlay(name)).map((document) => document.toJS() as KubeObject);
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef: { name: string } }[];
  volumeMounts?: { mountPath: string }[];
  resources?: Record<'requests' | 'limits', Record<string, string>>;
}

export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: Container[]; initContainers?: Container[]; volumes?: object[] };
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
