import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClusterNaming } from '@activescale/protocol/envoy';
import { createPatterns } from '../patterns.ts';
import { createClusterTargets } from './cluster-targets.ts';

const WEB = { kind: 'service', namespace: 'shop', name: 'web', port: '' } as const;

function naming(expression: string) {
  const parsed = parseClusterNaming(expression);
  assert.ok(typeof parsed === 'function', String(parsed));
  return parsed;
}

test('an expression takes precedence over the names of control planes', () => {
  const patterns = createPatterns(() => 0).of('10.1.0.7');
  const targets = createClusterTargets(naming('(?P<service>[^_]+)_(?P<namespace>[^_]+)_\\d+'));
  assert.deepEqual(targets.of('web_shop_80', 'other', patterns), WEB);
  assert.deepEqual(targets.of('service/shop/web/80', 'other', patterns), { ...WEB, port: '80' });
  assert.equal(targets.of('payments', 'other', patterns), undefined);
});

test('a name is evaluated within the time of its client, and later if it has none left', () => {
  let now = 0;
  const patterns = createPatterns(() => now);
  let evaluated = 0;
  const targets = createClusterTargets(() => {
    evaluated++;
    now += 60;
    return WEB;
  });
  const { of } = targets;
  assert.deepEqual(of('a', 'other', patterns.of('10.1.0.7')), WEB);
  assert.deepEqual(of('b', 'other', patterns.of('10.1.0.7')), WEB);
  assert.equal(of('c', 'other', patterns.of('10.1.0.7')), 'later');
  assert.deepEqual(of('a', 'other', patterns.of('10.1.0.7')), WEB, 'what is known is free');
  assert.deepEqual(of('c', 'other', patterns.of('192.0.2.1')), WEB);
  assert.equal(evaluated, 3);
  now += 60_000;
  assert.deepEqual(of('d', 'other', patterns.of('10.1.0.7')), WEB);
});
