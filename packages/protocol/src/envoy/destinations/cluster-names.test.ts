import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyType } from '../../proxy-type.ts';
import {
  aggregateOf,
  type ClusterNamer,
  type ClusterTarget,
  parseClusterNaming,
  targetOf,
} from './cluster-names.ts';

const LONG = `a${'-'.repeat(61)}b`;
const service = (namespace: string, name: string, port: string): ClusterTarget => ({
  kind: 'service',
  namespace,
  name,
  port,
});

const likely = (namespace: string, name: string, port: string): ClusterTarget => ({
  kind: 'service',
  namespace,
  name,
  port,
  isLikely: true,
});

const namer = (proxy: ProxyType, clusterDomain = ''): ClusterNamer => ({
  proxy,
  controlPlane: 'unknown',
  clusterDomain,
});
const ISTIO_GATEWAY = namer('router', 'cluster.local');
const ENVOY_GATEWAY: ClusterNamer = { ...namer('other'), controlPlane: 'envoy-gateway' };
const CONTOUR: ClusterNamer = { ...namer('other'), controlPlane: 'contour' };
const KGATEWAY: ClusterNamer = { ...namer('other'), controlPlane: 'kgateway' };

/** For each row: clusters with their targets, and the Envoys that have such names. */
const ROWS: Readonly<Record<string, readonly [ClusterNamer, Readonly<Record<string, ClusterTarget>>]>> = {
  'Istio, outbound': [
    ISTIO_GATEWAY,
    {
      'outbound|80||web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound|65535|v1.2|web-2.my-shop.svc.cluster.local': service('my-shop', 'web-2', '65535'),
      [`outbound|80||${LONG}.${LONG}.svc.cluster.local`]: service(LONG, LONG, '80'),
      'outbound|80||a.svc.svc.cluster.local': service('svc', 'a', '80'),
    },
  ],
  'Istio in a cluster with another domain': [
    namer('router', 'corp.example.org'),
    {
      'outbound|80||web.shop.svc.corp.example.org': service('shop', 'web', '80'),
      'outbound_.80_._.web.shop.svc.corp.example.org': service('shop', 'web', '80'),
      'outbound|80||web.shop.svc.cluster.local': 'elsewhere',
      'outbound|80||web.shop.svc.example.org': 'elsewhere',
    },
  ],
  'Istio, domain unknown': [
    namer('router'),
    {
      'outbound|80||web.shop.svc.corp.example.org': service('shop', 'web', '80'),
      'outbound|80||web.shop.svc.c': service('shop', 'web', '80'),
      'outbound|80||web.shop.svc': 'elsewhere',
      // Either the Service b in the namespace svc, or the Service a in b with the domain svc.cluster.local.
      'outbound|80||a.b.svc.svc.cluster.local': 'elsewhere',
    },
  ],
  'Istio, hosts that are not Services of the cluster': [
    ISTIO_GATEWAY,
    {
      'outbound|80||web.shop.svc.example.org': 'elsewhere',
      'outbound|80||web.shop.svc.clusterset.local': 'elsewhere',
      'outbound|80||a.b.svc.svc.cluster.local': 'elsewhere',
      'outbound|80||web.shop.svc.cluster.local.example.org': 'elsewhere',
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
    namer('waypoint', 'cluster.local'),
    {
      'inbound-vip|80|http|web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'inbound-vip|80|http/v1|web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'inbound-vip|443|http|api.example.com': 'elsewhere',
    },
  ],
  'Istio, routing by SNI': [
    ISTIO_GATEWAY,
    {
      'outbound_.80_._.web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound_.443_._.web.shop.svc.example.org': 'elsewhere',
      'outbound_.80_.v1_.web.shop.svc.cluster.local': service('shop', 'web', '80'),
      'outbound_.443_._.api.example.com': 'elsewhere',
    },
  ],
  'Istio, other names': [
    ISTIO_GATEWAY,
    {
      // Subsets are DNS labels.
      'outbound|80|v1|x|web.shop.svc.cluster.local': undefined,
      'outbound_.80_.v1_.x_.web.shop.svc.cluster.local': undefined,
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
    ENVOY_GATEWAY,
    {
      'httproute/shop/web/rule/0': { kind: 'httproute', namespace: 'shop', name: 'web', port: '' },
      'httproute/shop/web.v2/rule/12': { kind: 'httproute', namespace: 'shop', name: 'web.v2', port: '' },
      'httproute/shop/web/rule/0/backend/1': { kind: 'httproute', namespace: 'shop', name: 'web', port: '' },
      'grpcroute/shop/cart/rule/1': { kind: 'grpcroute', namespace: 'shop', name: 'cart', port: '' },
      'service/shop/web/8080': service('shop', 'web', '8080'),
      'service/shop/web/8080/http2': service('shop', 'web', '8080'),
      'tcproute/shop/db/rule/-1': undefined,
      'httproute/shop/web/rule/0.external': undefined,
      'httproute/shop/web/rule/0-mirror-0': undefined,
      'httproute/shop/web': undefined,
      'backend/shop/web/80': undefined,
      // Of the policy, not of the route with its name.
      'securitypolicy/shop/web/extauth/0': undefined,
      // A host in a URL of a SecurityPolicy, which is not the Service com.
      example_com_443: undefined,
      kube_example_com_443: undefined,
      // EnvoyProxy's clusterStatName `%BACKEND_REFS%`.
      'shop/web': undefined,
      'shop/web|shop/api': undefined,
    },
  ],
  Contour: [
    CONTOUR,
    {
      shop_web_80: service('shop', 'web', '80'),
      'my-shop_web-2_8443': service('my-shop', 'web-2', '8443'),
      [`${LONG}_${LONG}_80`]: service(LONG, LONG, '80'),
      shop_web: undefined,
      shop_web_http: undefined,
      // ExtensionServices: auth in the namespace shop, and 8080.
      extension_shop_auth: undefined,
      extension_shop_8080: undefined,
      'dnsname/https/example.com/443/13bdbc3dacac9cd1b2f1': undefined,
      'shop/web/80/da39a3ee5e': undefined,
    },
  ],
  'Contour and kgateway, not shown by the node': [
    namer('other'),
    {
      shop_web_80: likely('shop', 'web', '80'),
      kube_shop_web_80: likely('shop', 'web', '80'),
      extension_shop_8080: undefined,
      shop_web_99999: 'elsewhere',
    },
  ],
  Cilium: [
    namer('other'),
    {
      'shop:web:80': service('shop', 'web', '80'),
      'shop/cilium-gateway-web/shop_web_80': service('shop', 'web', '80'),
      'shop/cilium-gateway-web/shop:web:80': service('shop', 'web', '80'),
      // An Ingress with the name of a port.
      'shop/cilium-ingress-shop-web.v2/shop_web_http': service('shop', 'web', ''),
      'kube-system/cilium-ingress/shop:web:h2-80': service('shop', 'web', ''),
      'shop/cilium-ingress-web/shop_web_70000': 'elsewhere',
      'shop/cilium-ingress-web/shop_web_700000': undefined,
      'shop/cilium-ingress-web/shop_web_a234567890123456': undefined,
      'shop/own/shop_web_http': undefined,
      // External authorization.
      'shop/cilium-gateway-web/grpc_shop_web_80': undefined,
      'shop/cilium-gateway-web/http:shop:web:80': undefined,
      shop_web_80: likely('shop', 'web', '80'),
    },
  ],
  kgateway: [
    KGATEWAY,
    {
      kube_shop_web_80: service('shop', 'web', '80'),
      'kube_shop_web_gw_backend_client_cert_edge_public.v2_80': service('shop', 'web', '80'),
      kube_shop_web_gw_backend_client_cert_edge_80: undefined,
      'endpoint-picker_shop_llm_8000': undefined,
      'istio-se_shop_payments_api.example.com_443': undefined,
      backend_shop_lambda_443: undefined,
      shop_web_80: undefined,
    },
  ],
  Kuma: [namer('other'), { web_shop_svc_80: undefined, kube_shop_svc_80: undefined }],
  Consul: [
    namer('other'),
    {
      'web.default.dc1.internal.1b2c3d4e-aaaa-bbbb-cccc-0123456789ab.consul': service('default', 'web', ''),
      'v1.web.shop.dc1.internal.1b2c3d4e.consul': service('shop', 'web', ''),
      'web.shop.part1.dc1.internal-v1.1b2c3d4e.consul': service('shop', 'web', ''),
      'v1.web.shop.part1.dc1.internal-v1.1b2c3d4e.consul': service('shop', 'web', ''),
      // An upstream with its own protocol or timeout, and a mesh gateway's for peers.
      '2eacfe57~web.default.dc1.internal.1b2c3d4e.consul': service('default', 'web', ''),
      '2eacfe57~v1.web.shop.dc1.internal.1b2c3d4e.consul': service('shop', 'web', ''),
      'exported~v1.web.default.dc1.internal.1b2c3d4e.consul': service('default', 'web', ''),
      'exported~2eacfe57~web.shop.part1.dc1.internal-v1.1b2c3d4e.consul': service('shop', 'web', ''),
      'dc2.internal.1b2c3d4e.consul': undefined,
      // A prepared query, and an address outside of the mesh.
      'web.default.dc1.query.1b2c3d4e.consul': undefined,
      'destination.192-0-2-1.web.default.dc1.internal.1b2c3d4e.consul': undefined,
      // A Service of a peer.
      'web.shop.part1.peer1.external.1b2c3d4e.consul': undefined,
    },
  ],
  'Istio names of an Envoy that Istio does not configure': [
    namer('other'),
    { 'outbound|80||web.shop.svc.cluster.local': service('shop', 'web', '80') },
  ],
};

for (const [row, [envoy, clusters]] of Object.entries(ROWS)) {
  test(`clusters name their destination: ${row}`, () => {
    for (const [name, target] of Object.entries(clusters))
      assert.deepEqual(targetOf(name, envoy), target, name);
  });
}

test('the targets of a failover belong to the cluster of their Service', () => {
  const cart = 'cart.default.dc1.internal.1b2c3d4e.consul';
  assert.equal(aggregateOf(`failover-target~0~${cart}`), cart);
  assert.equal(aggregateOf(`failover-target~12~2eacfe57~${cart}`), `2eacfe57~${cart}`);
  for (const name of [cart, `exported~${cart}`, 'failover-target~', 'httproute/shop/failover-target/rule/0'])
    assert.equal(aggregateOf(name), name);
});

test('a name of any length is judged at once', () => {
  const hostile = ['a', 'a.', 'a-', 'outbound|80|', 'outbound_.80_.', '_', 'a_', 'httproute/a/'];
  const started = performance.now();
  for (const part of hostile)
    for (const envoy of [ISTIO_GATEWAY, namer('other'), CONTOUR, KGATEWAY]) targetOf(part.repeat(500), envoy);
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
