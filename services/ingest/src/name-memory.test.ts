import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNameMemory, type NameMemory } from './name-memory.ts';

function ask(memory: NameMemory, name: string): string | true {
  const bytes = Buffer.from(`<${name}>`);
  return memory(bytes, 1, bytes.length - 1);
}

test('a name is given as it was sent, whatever came before it', () => {
  const names = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'http.a', 'http.ä'), fc.string()), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(names, { maxLength: 6 }), (flushes) => {
      const memory = createNameMemory();
      for (const name of flushes.flat()) assert.equal(ask(memory, name), name);
    }),
  );
});

test('a flush of the same names as the one before gives the same strings, and so does one with a new name', () => {
  const decoded: string[] = [];
  const memory = createNameMemory();
  const flush = (names: readonly string[]) => {
    for (const name of names) {
      const bytes = Buffer.from(name);
      const decode = bytes.toString;
      bytes.toString = (...args) => {
        decoded.push(name);
        return decode.apply(bytes, args);
      };
      assert.equal(memory(bytes, 0, bytes.length), name);
    }
    return decoded.splice(0);
  };
  assert.deepEqual(flush(['a', 'b', 'c', 'd']), ['a', 'b', 'c', 'd']);
  assert.deepEqual(flush(['a', 'b', 'c', 'd']), []);
  assert.deepEqual(flush(['a', 'b', 'new', 'c', 'd']), ['new']);
  assert.deepEqual(flush(['a', 'c', 'd']), []);
  assert.deepEqual(flush(['a', 'b']), []);
  assert.deepEqual(flush(['a', 'b', 'new', 'c', 'd']), []);
});

test('a name that is too long is not kept, and made-up names do not fill the memory', () => {
  const memory = createNameMemory();
  assert.equal(ask(memory, 'x'.repeat(513)), true);
  for (let i = 0; i < 3000; i++) assert.equal(ask(memory, `name ${i}`), `name ${i}`);
  assert.equal(ask(memory, 'name 2999'), 'name 2999');
});
