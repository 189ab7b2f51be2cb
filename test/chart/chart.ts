import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { helm, type KubeObject } from '@activescale/devkit';
import { parseAllDocuments } from 'yaml';
import { root } from '../manifests/overlays.ts';

export const chart = join(root, 'deploy/chart');

/** The names of the presets, which are those of the overlays. */
export const PRESETS = readdirSync(join(chart, 'presets')).map((name) => name.replace('.yaml', ''));

export function presetFile(name: string): string {
  return join(chart, 'presets', `${name}.yaml`);
}

/** The objects that `helm install` would create in the namespace activescale, without those of hooks. */
export async function rendered(...args: readonly string[]): Promise<KubeObject[]> {
  return (await renderedWithHooks(...args)).filter((object) => hookOf(object) === undefined);
}

export async function renderedWithHooks(...args: readonly string[]): Promise<KubeObject[]> {
  return objectsOf(await helm('template', 'activescale', chart, '--namespace', 'activescale', ...args));
}

/** The objects of a manifest. YAML 1.1, as Kubernetes reads it: `0440` is octal. */
export function objectsOf(manifest: string): KubeObject[] {
  return parseAllDocuments(manifest, { version: '1.1' })
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

/** The events of Helm in which an object exists. */
export function hookOf({ metadata }: KubeObject): string | undefined {
  return (metadata.annotations as Record<string, string> | undefined)?.['helm.sh/hook'];
}
