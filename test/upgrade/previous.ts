import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { previousRelease } from '@activescale/devkit';
import { root } from '../manifests/overlays.ts';

/** Folder of the previous release. */
export const previous = await previousRelease();

const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
const [, newest = ''] = changelog.split(/^## /m);
const [, migration = ''] = newest.split(/^### Upgrade$/m);

/**
 * What upgrades lose without notice.
 * @returns the names of `before` that are neither in `after` nor, as `name`, under "Upgrade" of the newest version in CHANGELOG.md
 */
export function lostNames(before: Iterable<string>, after: Iterable<string>): string[] {
  const kept = new Set(after);
  return [...new Set(before)].filter((name) => !kept.has(name) && !migration.includes(`\`${name}\``));
}
