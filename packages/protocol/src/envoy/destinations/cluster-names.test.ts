import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyType } from '../../proxy-type.ts';
import { type ClusterTarget, parseClusterNaming, targetOf } from './cluster-names.ts';

const LONG = `a${'-'.repeat(61)}b`;
const service = (namespace: string, name: string, port: string): ClusterTarget => ({
  kind: 'service',
  namespace,
  name,
  port,
});

/** For each row: clusters with their targets, and the proxies that have such names. */
const ROWS: Readonly<Record<string, readonly [ProxyType, Readonly<Record<string, ClusterTarget>>]>> = {
  'Istio, outbound': [
    'router',
    {
      'outbound|80||web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound|80|v1|web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound|65535|v1.2|web-2.my-shop.svc.example.org': service('my-shop', 'web-2', '65535'),
      'outbound|8080|odd|subset|web.shop.svc.corp.internal': service('shop', 'web', '8080'),
      [`outbound|80||${LONG}.${LONG}.svc.cluster.local`]: service(LONG, LONG, '80'),
      'outbound|80||web.shop.svc.c': service('shop', 'web', '80'),
    },
  ],
  'Istio, hosts that are not Services': [
    'router',
    {
      'outbound|443||api.example.com': 'elsewhere',
      'outbound|443||*.example.com': 'elsewhere',
      'outbound|80||web.shop.svc': 'elsewhere',
      'outbound|80||db-0.db.shop.svc.cluster.local': 'elsewhere',
      'outbound|80||Web.shop.svc.cluster.local': 'elsewhere',
      'outbound|80||10.0.0.1': 'elsewhere',
      'outbound|99999||web.shop.svc.cluster.local': 'elsewhere',
      [`outbound|80||${LONG}c.shop.svc.cluster.local`]: 'elsewhere',
    },
  ],
  'Istio, waypoint': [
    'waypoint',
    {
      'inbound-vip|80|http|web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'inbound-vip|80|http/v1|web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'inbound-vip|443|http|api.example.com': 'elsewhere',
    },
  ],
  'Istio, routing by SNI': [
    'router',
    {
      'outbound_.80_._.web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound_.80_.v1_.web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound_.443_._.api.example.com': 'elsewhere',
    },
  ],
  'Istio, clusters of the proxy itself': [
    'router',
    {
      'inbound|8080||': undefined,
      PassthroughCluster: undefined,
      InboundPassthroughCluster: undefined,
      BlackHoleCluster: undefined,
      'xds-grpc': undefined,
      'httproute/shop/web/rule/0': undefined,
      shop_web_80: undefined,
    },
  ],
  'Envoy Gateway': [
    'other',
    {
      'httproute/shop/web/rule/0': { kind: 'httproute', namespace: 'shop', name: 'web', port: '' },
      'httproute/shop/web.v2/rule/12': { kind: 'httproute', namespace: 'shop', name: 'web.v2', port: '' },
      'httproute/shop/web/rule/0/backend/1': { kind: 'httproute', namespace: 'shop', name: 'web', port: '' },
      'grpcroute/shop/cart/rule/1': { kind: 'grpcroute', namespace: 'shop', name: 'cart', port: '' },
      'service/shop/web/8080': service('shop', 'web', '8080'),
      'service/shop/web/8080/http2': service('shop', 'web', '8080'),
      'tcproute/shop/db/rule/-1': undefined,
      'httproute/shop/web/rule/0.external': undefined,
      'httproute/shop/web': undefined,
    },
  ],
  Contour: [
    'other',
    {
      shop_web_80: service('shop', 'web', '80'),
      'my-shop_web-2_8443': service('my-shop', 'web-2', '8443'),
      [`${LONG}_${LONG}_80`]: service(LONG, LONG, '80'),
      shop_web: undefined,
      shop_web_http: undefined,
    },
  ],
  Cilium: [
    'other',
    {
      'shop:web:80': service('shop', 'web', '80'),
      'shop/cilium-gateway-web/shop_web_80': service('shop', 'web', '80'),
      'shop/cilium-gateway-web/shop:web:80': service('shop', 'web', '80'),
    },
  ],
  kgateway: ['other', { kube_shop_web_80: service('shop', 'web', '80'), backend_shop_lambda_443: undefined }],
  Consul: [
    'other',
    {
      'web.default.dc1.internal.1b2c3d4e-aaaa-bbbb-cccc-0123456789ab.consul': service('default', 'web', ''),
      'v1.web.shop.dc1.internal.1b2c3d4e.consul': service('shop', 'web', ''),
      'web.shop.part1.dc1.internal-v1.1b2c3d4e.consul': service('shop', 'web', ''),
      'v1.web.shop.part1.dc1.internal-v1.1b2c3d4e.consul': service('shop', 'web', ''),
      'dc2.internal.1b2c3d4e.consul': undefined,
    },
  ],
  'Istio names of an Envoy that Istio does not configure': [
    'other',
    { 'outbound|80||web.shop.svc.cluster.local': service('shop', 'web', '80') },
  ],
};

for (const [row, [proxy, clusters]] of Object.entries(ROWS)) {
  test(`clusters name their destination: ${row}`, () => {
    for (const [name, target] of Object.entries(clusters))
      assert.deepEqual(targetOf(name, proxy), target, name);
  });
}

test('a name of any length is judged at once', () => {
  const hostile = ['a', 'a.', 'a-', 'outbound|80|', 'outbound_.80_.', '_', 'a_', 'httproute/a/'];
  const started = performance.now();
  for (const part of hostile)
    for (const proxy of ['router', 'other'] as const) targetOf(part.repeat(500), proxy);
  assert.ok(performance.now() - started < 500);
});

test('an expression with named groups names the destination of other clusters', () => {
  const naming = parseClusterNaming('backend-(?P<service>.+)\\.(?P<namespace>[^.]+)(?:-p(?P<port>\\d+))?');
  assert.ok(typeof naming === 'function', String(naming));
  assert.deepEqual(naming('backend-web.shop'), service('shop', 'web', ''));
  assert.deepEqual(naming('backend-web-2.shop-p80'), service('shop-p80', 'web-2', ''));
  assert.equal(naming('backend-Web.shop'), 'elsewhere');
  assert.equal(naming('x-backend-web.shop'), undefined);
  const strict = parseClusterNaming('(?P<namespace>[^/]+)/(?P<service>[^:]+):(?P<port>.*)');
  assert.ok(typeof strict === 'function');
  assert.deepEqual(strict('shop/web:8080'), service('shop', 'web', '8080'));
  assert.deepEqual(strict('shop/web:'), service('shop', 'web', ''));
  assert.equal(strict('shop/web:http'), 'elsewhere');
  assert.equal(strict('shop/web:70000'), 'elsewhere');
});

test('an expression without the groups, or with others, is refused by name', () => {
  assert.match(String(parseClusterNaming('(?P<service>.*)')), /no group \(\?P<namespace>/);
  assert.match(String(parseClusterNaming('(?P<namespace>.*)/(.*)')), /no group \(\?P<service>/);
  assert.match(
    String(parseClusterNaming('(?P<namespace>.)(?P<service>.)(?P<prot>.)')),
    /group prot, not one of/,
  );
  assert.match(String(parseClusterNaming('(?P<namespace>.)(')), /missing closing \)/);
});
