import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../manifests/overlays.ts';

/** A fenced block of a document. */
export interface Block {
  /** Document and line. */
  readonly where: string;
  /** The heading of the second level that it is under. */
  readonly section: string;
  /** What follows the fence: yaml, sh, promql, or nothing for output and drawings. */
  readonly language: string;
  /** Without the indentation that it has in a list. */
  readonly text: string;
}

const DOCUMENTS = ['README.md', 'SECURITY.md', ...globSync('docs/**/*.md', { cwd: root }).sort()];
const FENCED = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(FENCED)].map(({ index, 1: indent = '', 2: language = '', 3: content = '' }) => ({
    where: `${path}:${text.slice(0, index).split('\n').length}`,
    section:
      text
        .slice(0, index)
        .match(/^## .+$/gm)
        ?.at(-1)
        ?.slice(3) ?? '',
    language,
    text: content.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
});

export function blocksOf(language: string): Block[] {
  return BLOCKS.filter((block) => block.language === language);
}

/** The YAML of a document with this text. */
export function documented(document: string, text: RegExp): string {
  const block = blocksOf('yaml').find((each) => each.where.startsWith(document) && text.test(each.text));
  if (block === undefined) throw new Error(`${document} shows no YAML with ${text}`);
  return block.text;
}
