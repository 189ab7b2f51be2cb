import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackedFiles } from './occurrences.ts';

/** A place that states the version of the project. */
export interface StatedVersion {
  readonly path: string;
  readonly version: string;
}

const IMAGE_TAG = /\bactivescale-(?:ingest|api|\$service):(\d[\w.+-]*)/g;
const KUSTOMIZE_TAG = /newName: \S+\/activescale-(?:ingest|api)\n\s+newTag: (\S+)/g;
const HELM_TAG = /repository: \S+\/activescale-(?:ingest|api), tag: (\d[\w.+-]*)/g;
const PATTERNS: readonly { readonly files: RegExp; readonly version: RegExp }[] = [
  { files: /^Dockerfile$/, version: /^ARG VERSION=(.+)$/gm },
  { files: /^CHANGELOG\.md$/, version: /^## (\d\S*) \(not released yet\)$/gm },
  { files: /^deploy\/chart\/Chart\.yaml$/, version: /^(?:version|appVersion): "?([^"\n]+)"?$/gm },
  { files: /\.(md|ya?ml)$/, version: IMAGE_TAG },
  { files: /\.(md|ya?ml)$/, version: KUSTOMIZE_TAG },
  { files: /\.(md|ya?ml)$/, version: HELM_TAG },
];

/** Every place that states the version, apart from the root's package.json. */
export function statedVersions(root: string): StatedVersion[] {
  const manifests = globSync('{services/*,packages/*,test}/package.json', { cwd: root }).map((path) => ({
    path,
    version: String(JSON.parse(readFileSync(join(root, path), 'utf8')).version),
  }));
  const texts = trackedFiles(root).flatMap((path) => {
    const patterns = PATTERNS.filter(({ files }) => files.test(path));
    if (patterns.length === 0) return [];
    const text = readFileSync(join(root, path), 'utf8');
    return patterns.flatMap(({ version }) =>
      [...text.matchAll(version)].map(([, stated = '']) => ({ path, version: stated })),
    );
  });
  return [...manifests, ...texts];
}

/** The version of the project. */
export function projectVersion(root: string): string {
  return String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
}
