import assert from 'node:assert/strict';
import { access, glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('every link from one document to another file leads to a file that is there', async () => {
  const documents = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: root }));
  assert.ok(documents.includes('README.md'));
  const broken: string[] = [];
  for (const document of documents) {
    const text = await readFile(join(root, document), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g)) {
      const path = join(root, dirname(document), target);
      await access(path).catch(() => broken.push(`${document}: ${target}`));
    }
  }
  assert.deepEqual(broken, []);
});

/** The anchors that GitHub gives to the headings of a document. */
async function anchors(path: string): Promise<Set<string>> {
  const prose = (await readFile(path, 'utf8')).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const titles = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('every link to a section of a document leads to a heading that is there', async () => {
  const documents = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: root }));
  const broken: string[] = [];
  for (const document of documents) {
    const text = await readFile(join(root, document), 'utf8');
    for (const [, target = '', anchor = ''] of text.matchAll(/\]\((?![a-z]+:)([^)#\s]*)#([^)\s]+)\)/g)) {
      const path = target === '' ? join(root, document) : join(root, dirname(document), target);
      if (!(await anchors(path)).has(anchor)) broken.push(`${document}: ${target}#${anchor}`);
    }
  }
  assert.deepEqual(broken, []);
});
