import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ScopeList } from './scope-list.ts';

const named = (name: string) => ({ name });

test('a scope is found by its name, wherever it was before and however many there are', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(names, fc.string({ maxLength: 3 }), fc.nat({ max: 50 }), (all, other, likely) => {
      const list = new ScopeList<{ readonly name: string }>();
      for (const name of all) {
        assert.equal(list.find(name, likely), undefined);
        list.add(named(name));
      }
      for (const name of [...all, other]) {
        assert.equal(list.find(name, likely)?.name, all.includes(name) ? name : undefined);
      }
    }),
  );
});

test('names that have changed are found under what they are now', () => {
  const list = new ScopeList<{ name: string }>();
  for (let i = 0; i < 40; i++) list.add(named(`a${i}`));
  assert.equal(list.find('a39', 0)?.name, 'a39');
  for (const [i, scope] of list.all.entries()) scope.name = `b${i}`;
  list.changed();
  assert.equal(list.find('a39', 0), undefined);
  assert.equal(list.find('b39', 0)?.name, 'b39');
});
