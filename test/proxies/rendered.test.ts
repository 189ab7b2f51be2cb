import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { RENDERED } from './rendered.ts';

for (const { what, file, render } of RENDERED) {
  test(`what tests use of ${what} is what its own code renders`, async () => {
    const kept = parse(await readFile(file, 'utf8'));
    // After an intended change: node test/proxies/render.ts
    assert.deepEqual(kept, parse(await render()));
  });
}
