import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNameMemory, type Learner, type NameMemory, type RememberedName } from './name-memory.ts';

const learner: Learner<RememberedName> = { learn: (name) => ({ name, utf8: Buffer.from(name) }) };

function ask(memory: NameMemory<RememberedName>, name: string): string | true {
  const bytes = Buffer.from(`<${name}>`);
  const [start, end] = [1, bytes.length - 1];
  const known = memory.expected(bytes, start, end) ?? memory.lookUp(bytes, start, end);
  return known === true || known.name;
}

test('a name is given as it was sent, whatever came before it', () => {
  const names = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'http.a', 'http.ä'), fc.string()), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(names, { maxLength: 6 }), (flushes) => {
      const memory = createNameMemory(learner);
      for (const name of flushes.flat()) assert.equal(ask(memory, name), name);
    }),
  );
});

test('a name is looked up once, and not again in any later flush', () => {
  const lookedUp: string[] = [];
  const memory = createNameMemory({
    learn(name) {
      lookedUp.push(name);
      return learner.learn(name);
    },
  });
  const flush = (names: readonly string[]) => {
    for (const name of names) assert.equal(ask(memory, name), name);
    return lookedUp.splice(0);
  };
  assert.deepEqual(flush(['a', 'b', 'c', 'd']), ['a', 'b', 'c', 'd']);
  assert.deepEqual(flush(['a', 'b', 'c', 'd']), []);
  assert.deepEqual(flush(['a', 'b', 'new', 'c', 'd']), ['new']);
  assert.deepEqual(flush(['a', 'c', 'd']), []);
  assert.deepEqual(flush(['a', 'b']), []);
  assert.deepEqual(flush(['a', 'b', 'new', 'c', 'd']), []);
});

test('a name that is too long is not kept, and made-up names do not fill the memory', () => {
  const memory = createNameMemory(learner);
  assert.equal(ask(memory, 'x'.repeat(513)), true);
  for (let i = 0; i < 1024; i++) assert.equal(ask(memory, `name ${i}`), `name ${i}`);
  assert.equal(ask(memory, 'name 2999'), true, 'a full memory learns nothing');
  assert.equal(ask(memory, 'name 0'), 'name 0');
  for (let i = 0; i < 17_000; i++) ask(memory, `other ${i}`);
  assert.equal(ask(memory, 'name 2999'), 'name 2999', 'unless most names are others for long');
  const long = createNameMemory(learner);
  const names = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(500, 'x'));
  assert.equal(names.filter((name) => ask(long, name) !== true).length, 262);
});

test('names that differ in one byte are distinct, and one that is not ASCII is recognized', () => {
  const lookedUp: string[] = [];
  const memory = createNameMemory({
    learn(name) {
      lookedUp.push(name);
      return learner.learn(name);
    },
  });
  const name = 'http.inbound_0.0.0.0_8080;.downstream_rq_é';
  const others = [...name].map((_, i) => `${name.slice(0, i)}#${name.slice(i + 1)}`);
  for (let flush = 0; flush < 2; flush++) {
    for (const one of [name, ...others]) assert.equal(ask(memory, one), one);
  }
  assert.deepEqual(lookedUp, [name, ...others]);
});
