import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { HEAP_FLAG } from './heap.ts';

// V8 takes a flag that it does not know without a word. What the flag is worth is measured by `npm run bench:ingest`.
test('V8 still has the flag that lets the heap grow', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  const [name = ''] = HEAP_FLAG.split('=');
  assert.ok(options.includes(`${name} (`), `${process.version} has no ${name}`);
});
