import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { RENDERED } from './rendered.ts';

for (const { what, file, render } of RENDERED) {
  test(`the bootstrap that tests run is what ${what} renders from our document`, async () => {
    assert.equal(
      await readFile(file, 'utf8'),
      await render(),
      'node test/proxies/render.ts renders it again',
    );
  });
}
