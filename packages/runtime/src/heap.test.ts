import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { HEAP_FLAGS } from './heap.ts';

// V8 takes a flag that it does not know without a word. What the flags are worth is measured by `npm run bench:ingest`.
test('V8 still has the flags that fit its collector to us', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  for (const flag of HEAP_FLAGS) {
    const name = flag.replace(/^--(no-)?/, '--').replace(/=.*/, '');
    assert.ok(options.includes(`${name} (`), `${process.version} has no ${name}`);
  }
});
