import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClusterNaming } from '@activescale/protocol/envoy';
import { createPatterns } from '../patterns.ts';
import { createClusterTargets } from './cluster-targets.ts';

const OTHER = { proxy: 'other', controlPlane: 'unknown', clusterDomain: '' } as const;
const WEB = { kind: 'service', namespace: 'shop', name: 'web', port: '' } as const;

function naming(expression: string) {
  const parsed = parseClusterNaming(expression);
  assert.ok(typeof parsed === 'function', String(parsed));
  return parsed;
}

test('an expression takes precedence over the names of control planes', () => {
  const patterns = createPatterns(() => 0).of('10.1.0.7');
  const targets = createClusterTargets(naming('(?P<service>[^_]+)_(?P<namespace>[^_]+)_\\d+'));
  for (const namer of [OTHER, { ...OTHER, controlPlane: 'contour' } as const]) {
    const { of } = targets.forStream(namer, patterns);
    assert.deepEqual(of('web_shop_80'), WEB);
    assert.deepEqual(of('service/shop/web/80'), { ...WEB, port: '80' });
    assert.equal(of('payments'), undefined);
  }
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
  const from = (address: string) => targets.forStream(OTHER, patterns.of(address));
  assert.deepEqual(from('10.1.0.7').of('a'), WEB);
  assert.deepEqual(from('10.1.0.7').of('b'), WEB);
  assert.equal(from('10.1.0.7').of('c'), 'later');
  assert.deepEqual(from('10.1.0.7').of('a'), WEB, 'what is known is free');
  assert.deepEqual(from('192.0.2.1').of('c'), WEB);
  assert.equal(evaluated, 3);
  now += 60_000;
  assert.deepEqual(from('10.1.0.7').of('d'), WEB);
});

test('what a name means depends on the control plane that the node shows', () => {
  const targets = createClusterTargets(undefined);
  const patterns = createPatterns(() => 0).of('10.1.0.7');
  const contour = targets.forStream({ ...OTHER, controlPlane: 'contour' } as const, patterns);
  const gateway = targets.forStream(OTHER, patterns);
  assert.notEqual(contour.key, gateway.key);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(contour.of('shop_web_80'), { ...WEB, port: '80' });
    assert.deepEqual(gateway.of('shop_web_80'), { ...WEB, port: '80', isLikely: true });
  }
  const istio = (clusterDomain: string) =>
    targets.forStream({ ...OTHER, proxy: 'router', clusterDomain }, patterns);
  const host = 'outbound|80||web.shop.svc.example.org';
  assert.equal(istio('cluster.local').of(host), 'elsewhere');
  assert.deepEqual(istio('example.org').of(host), { ...WEB, port: '80' });
});
