import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage, type Json } from '../../testing/stream-metrics.ts';
import { EnvoyError } from '../envoy-error.ts';
import { scanMessage } from '../scan.ts';
import { claimOf, identify, type PodIdentity } from './identity.ts';
import { decodeIdentifier } from './node.ts';

/** Through the wire, as ingest does it. */
function identifyNode(id: string, metadata: { readonly [key: string]: Json } = {}): PodIdentity | undefined {
  const { identifier } = scanMessage(encodeMessage({ node: { id, metadata }, timestamp: 0, families: [] }), {
    wants: () => false,
  });
  assert.ok(identifier);
  return identifyBytes(identifier);
}

function identifyBytes(identifier: Buffer): PodIdentity | undefined {
  const node = decodeIdentifier(identifier);
  const claim = claimOf(node);
  return claim && identify(node, claim);
}

test('NAME and NAMESPACE of the metadata name the pod', () => {
  const pod = identifyNode('sidecar~10.1.0.7~other.elsewhere~elsewhere.svc.cluster.local', {
    NAME: 'web-0.a',
    NAMESPACE: 'shop',
    WORKLOAD_NAME: 'web',
    SERVICE_ACCOUNT: 'web',
    INSTANCE_IPS: '10.1.0.7, 2001:db8::7,',
    LABELS: { app: 'web', tier: 'front' },
  });
  assert.deepEqual(
    { ...pod, labels: { ...pod?.labels } },
    {
      namespace: 'shop',
      name: 'web-0.a',
      proxy: 'sidecar',
      ip: '10.1.0.7',
      otherIps: ['10.1.0.7', '2001:db8::7'],
      serviceAccount: 'web',
      workload: 'web',
      labels: { app: 'web', tier: 'front' },
      controlPlane: 'unknown',
      clusterDomain: 'cluster.local',
      nodeId: 'sidecar~10.1.0.7~other.elsewhere~elsewhere.svc.cluster.local',
      template: 'web',
      istioVersion: '',
      declaredScopes: '',
      statsRules: undefined,
      flushInterval: 0,
    },
  );
});

test('node.id alone names a pod whose name holds dots: the namespace is stripped as a suffix', () => {
  const pod = identifyNode('router~10.1.0.7~web-6f7c9d.v1-abcde.shop~shop.svc.cluster.local');
  assert.equal(pod?.name, 'web-6f7c9d.v1-abcde');
  assert.equal(pod?.namespace, 'shop');
  assert.equal(pod?.proxy, 'router');
});

test('a pod whose name ends like its namespace keeps all but the last suffix', () => {
  assert.equal(identifyNode('sidecar~10.1.0.7~web.shop.shop~shop.svc.cluster.local')?.name, 'web.shop');
});

test('a node without a pod identifies none', () => {
  for (const id of ['', 'envoy-1', 'sidecar~10.1.0.7~web~shop.svc.cluster.local', '~~.shop~shop.svc']) {
    assert.equal(identifyNode(id), undefined, id);
  }
  assert.equal(identifyNode('', { NAME: 'web' }), undefined);
});

test('an Envoy that Istio did not configure is named by its metadata', () => {
  const pod = identifyNode('my-envoy', { NAME: 'edge', NAMESPACE: 'net' });
  assert.deepEqual([pod?.proxy, pod?.ip], ['other', '']);
});

test('node.id of an Envoy of Istio shows the domain of the cluster', () => {
  const domainOf = (id: string) => identifyNode(id, { NAME: 'web', NAMESPACE: 'shop' })?.clusterDomain;
  assert.equal(domainOf('router~10.1.0.7~web.shop~shop.svc.corp.example.org'), 'corp.example.org');
  for (const id of [
    'router~10.1.0.7~web.shop~shop.svc',
    'router~10.1.0.7~web~local',
    'waypoint',
    'x~~~shop.svc.a',
  ])
    assert.equal(domainOf(id), '', id);
});

test('the node shows the control planes whose names of clusters are ambiguous', () => {
  const controlPlaneOf = (id: string, cluster: string, more = {}) => {
    const metadata = { NAME: 'envoy-x2x8k', NAMESPACE: 'edge', ...more };
    const message = encodeMessage({ node: { id, cluster, metadata }, timestamp: 0, families: [] });
    const { identifier } = scanMessage(message, { wants: () => false });
    assert.ok(identifier);
    return identifyBytes(identifier)?.controlPlane;
  };
  assert.equal(controlPlaneOf('envoy-x2x8k', 'edge'), 'contour');
  const role = 'kgateway-kube-gateway-api~edge~public';
  assert.equal(controlPlaneOf('gateway.edge', 'gateway', { role }), 'kgateway');
  assert.equal(controlPlaneOf('envoy-edge-public-1a2b3c4d-x2x8k', 'edge/public'), 'envoy-gateway');
  for (const cluster of ['', 'web', 'edge.'])
    assert.equal(controlPlaneOf('envoy-x2x8k', cluster, { role: 'gateway' }), 'unknown', cluster);
  assert.equal(controlPlaneOf('router~10.1.0.7~a.edge~edge.svc.cluster.local', 'edge'), 'unknown');
});

test('a name that Kubernetes could not have is refused with its text', () => {
  const bad = ['a:b', 'a{b', 'a}b', 'a\nb', 'A', '-a', 'a_b', 'a'.repeat(300), 'a..b/', 'ü'];
  for (const name of bad) {
    assert.throws(
      () => identifyNode('x', { NAME: name, NAMESPACE: 'shop' }),
      { code: 'ERR_ENVOY_IDENTITY' },
      name,
    );
    assert.throws(
      () => identifyNode('x', { NAME: 'web', NAMESPACE: name }),
      { code: 'ERR_ENVOY_IDENTITY' },
      name,
    );
  }
  assert.throws(() => identifyNode('x', { NAME: 'a\nb', NAMESPACE: 'shop' }), {
    message: 'the node names pod "a\\nb" (3 characters), not a DNS-1123 name of at most 253',
  });
  assert.throws(() => identifyNode('x', { NAME: 'web', NAMESPACE: 'a.b' }), { code: 'ERR_ENVOY_IDENTITY' });
});

test('labels that could never match a selector are omitted', () => {
  const pod = identifyNode('x', {
    NAME: 'web',
    NAMESPACE: 'shop',
    LABELS: { long: 'x'.repeat(64), odd: 3, app: 'web' },
  });
  assert.deepEqual({ ...pod?.labels }, { app: 'web' });
});

test('the annotation of the flush interval is read in the units that Istio takes', () => {
  const intervalOf = (value: string) =>
    identifyNode('x', {
      NAME: 'web',
      NAMESPACE: 'shop',
      ANNOTATIONS: { 'sidecar.istio.io/statsFlushInterval': value },
    })?.flushInterval;
  const read = { '6s': 6000, '0.5s': 500, '250ms': 250, '1m': 60_000, '5m': 0, '-1s': 0, '1e9s': 0, soon: 0 };
  for (const [value, expected] of Object.entries(read)) assert.equal(intervalOf(value), expected, value);
});

test('pods of a template share the workload or, without Istio, the service cluster', () => {
  const named = { NAME: 'web-1', NAMESPACE: 'shop' };
  assert.equal(identifyNode('x', { ...named, WORKLOAD_NAME: 'web' })?.template, 'web');
  assert.equal(identifyNode('x', named)?.template, '');
});

test('any identifier gives a pod, none, or a typed error', () => {
  const metadata = fc.dictionary(
    fc.constantFrom('NAME', 'NAMESPACE', 'LABELS', 'PROXY_CONFIG', 'ANNOTATIONS', '__proto__'),
    fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    ),
  );
  fc.assert(
    fc.property(fc.string(), metadata, (id, fields) => {
      try {
        identifyNode(id, fields as Record<string, Json>);
      } catch (error) {
        assert.ok(error instanceof EnvoyError, String(error));
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        identifyBytes(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof EnvoyError, String(error));
      }
    }),
  );
});

test('metadata nested thousands deep is refused, not a stack overflow', () => {
  // Each level wraps the one inside: Value{struct_value{fields{"a": Value}}}.
  let value = Buffer.from([0x1a, 0]);
  for (let i = 0; i < 3000; i++) {
    const entry = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12]), varint(value.length), value]);
    const struct = Buffer.concat([Buffer.from([0x0a]), varint(entry.length), entry]);
    value = Buffer.concat([Buffer.from([0x2a]), varint(struct.length), struct]);
  }
  const entry = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12]), varint(value.length), value]);
  const metadata = Buffer.concat([Buffer.from([0x0a]), varint(entry.length), entry]);
  const node = Buffer.concat([Buffer.from([0x1a]), varint(metadata.length), metadata]);
  const identifier = Buffer.concat([Buffer.from([0x0a]), varint(node.length), node]);
  assert.throws(() => decodeIdentifier(identifier), { code: 'ERR_ENVOY_MALFORMED' });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
