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
