import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseNotes } from './notes.ts';
import { isPlaceholder, type Origin } from './origin.ts';
import { projectVersion, statedVersions } from './versions.ts';

/** The tag that is released, and where. */
export interface TaggedRelease {
  readonly tag: string;
  /** The address of the repository that has the tag. */
  readonly repository: string;
}

/** What contradicts in the tree, whatever is released. */
export function treeProblems(root: string): string[] {
  const version = projectVersion(root);
  return statedVersions(root)
    .filter((stated) => stated.version !== version)
    .map((stated) => `${stated.path} has version ${stated.version}, package.json has ${version}`);
}

/** What must be fixed before a tag can be released. */
export function tagProblems(root: string, { tag, repository }: TaggedRelease, origin: Origin): string[] {
  const version = projectVersion(root);
  const problems: string[] = [];
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}: expected v${version}, as in package.json`);
  if (isPlaceholder(origin)) problems.push('release.json has placeholders: set them with npm run origin');
  else if (origin.repository !== repository)
    problems.push(`release.json has the repository ${origin.repository}, the tag is in ${repository}`);
  try {
    const { released } = releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version);
    if (!/^\d{4}-\d\d-\d\d$/.test(released))
      problems.push(`CHANGELOG.md: expected "## ${version} (YYYY-MM-DD)", found "(${released})"`);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}
