import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf } from './json-lines.ts';

async function read(chunks: readonly Buffer[], maxBytes = 1000): Promise<string[]> {
  const lines: string[] = [];
  const source = async function* () {
    yield* chunks;
  };
  for await (const line of linesOf(source(), maxBytes)) lines.push(line);
  return lines;
}

test('gives the same lines however the bytes are cut into chunks', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(20)), async (lines, cuts) => {
      let rest = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const chunks: Buffer[] = [];
      for (const cut of cuts) {
        chunks.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      assert.deepEqual(await read([...chunks, rest]), lines);
    }),
  );
});

test('leaves a last line out that was cut off', async () => {
  assert.deepEqual(await read([Buffer.from('a\nb')]), ['a']);
});

test('ends at a line that is too long, before it is held in memory', async () => {
  const chunks = Array.from({ length: 11 }, () => Buffer.alloc(100, 'x'));
  await assert.rejects(read(chunks, 1000), /longer than 1000 bytes/);
});
