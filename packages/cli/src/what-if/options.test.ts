import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacityOf, sourceOf } from './options.ts';

test('the load comes from one source, with its own options', () => {
  assert.deepEqual(sourceOf({ collect: '10m', save: 'load.json' }), {
    kind: 'collect',
    duration: 600_000,
    save: 'load.json',
  });
  assert.deepEqual(sourceOf({ from: 'load.json' }), { kind: 'file', path: 'load.json' });
  const server = new URL('http://127.0.0.1:9090');
  assert.deepEqual(sourceOf({ prometheus: 'http://127.0.0.1:9090', query: ['sum(x)'] }), {
    kind: 'prometheus',
    server,
    span: 86_400_000,
    expressions: ['sum(x)'],
    save: undefined,
  });
  assert.equal(capacityOf('12.5'), 12_500);
});

test('no source, several of them, or the options of another one are refused', () => {
  const refused = (values: Parameters<typeof sourceOf>[0], message: RegExp) =>
    assert.throws(() => sourceOf(values), { name: 'UsageError', message });
  refused({}, /^expected one source of the load: --collect, --from or --prometheus$/);
  refused({ collect: '10m', from: 'load.json' }, /^expected one source/);
  refused({ from: 'load.json', save: 'other.json' }, /^--save requires --collect or --prometheus$/);
  refused({ collect: '10m', for: '1h' }, /^--for requires --prometheus$/);
  refused({ from: 'load.json', query: ['up'] }, /^--query requires --prometheus$/);
  refused({ collect: '48h' }, /^--collect "48h": expected a duration from 5s to 24h, such as 10m$/);
  refused(
    { prometheus: 'http://127.0.0.1:9090', for: '5' },
    /^--for "5": expected a duration from 60s to 744h/,
  );
});
