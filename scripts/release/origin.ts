import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Where this project is published. */
export interface Origin {
  /** The address of the repository, without `.git`. */
  readonly repository: string;
  /** Where the images are: host and path, without a slash at the end. */
  readonly registry: string;
}

/** @throws Error if release.json lacks one of the two */
export function readOrigin(root = ROOT): Origin {
  const { repository, registry } = JSON.parse(readFileSync(join(root, 'release.json'), 'utf8'));
  if (typeof repository !== 'string' || typeof registry !== 'string')
    throw new Error('release.json: expected the strings "repository" and "registry"');
  return { repository, registry };
}
