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

test('a list that is made of another does not change it', () => {
  const scopes = [named('a')];
  const list = new ScopeList(scopes);
  list.add(named('b'));
  assert.deepEqual(scopes, [named('a')]);
  assert.equal(list.find('a', 1)?.name, 'a');
});
