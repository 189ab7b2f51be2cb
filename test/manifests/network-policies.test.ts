import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@activescale/devkit';
import { OVERLAYS, overlayObjects, podTemplates } from './overlays.ts';

// Nothing here enforces a NetworkPolicy: what one lets through is read from it.

interface Peer {
  namespaceSelector?: Selector;
  podSelector?: Selector;
  ipBlock?: object;
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: number | string; protocol?: string }[];
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Policy extends KubeObject {
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] };
}

const isPolicy = (object: KubeObject): object is Policy => object.kind === 'NetworkPolicy';

function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string>,
): boolean {
  const all = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    all &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      assert.ok(operator === 'In' || operator === 'Exists', operator);
      return operator === 'In' ? values.includes(labels[key] ?? '') : labels[key] !== undefined;
    })
  );
}

/** `TCP/6379` and where to, for each way out of pods with these labels. */
function waysOut(policies: readonly Policy[], labels: Record<string, string>): string[] {
  const rules = policies
    .filter(({ spec }) => spec.policyTypes.includes('Egress') && matches(spec.podSelector, labels))
    .flatMap(({ spec }) => spec.egress ?? []);
  return rules.flatMap(({ to, ports = [] }) =>
    ports.map(
      ({ port, protocol = 'TCP' }) => `${protocol}/${port} to ${to ? JSON.stringify(to) : 'anywhere'}`,
    ),
  );
}

const ofService = (component: string) => ({
  'app.kubernetes.io/name': 'activescale',
  'app.kubernetes.io/component': component,
});

for (const overlay of OVERLAYS) {
  const objects = await overlayObjects(overlay);
  const policies = objects.filter(isPolicy);

  test(`${overlay}: every pod is confined in both directions`, () => {
    for (const [owner, { metadata }] of podTemplates(objects)) {
      const own = policies.filter(({ spec }) => matches(spec.podSelector, metadata.labels));
      const types = new Set(own.flatMap(({ spec }) => spec.policyTypes));
      assert.deepEqual([...types].sort(), ['Egress', 'Ingress'], owner);
    }
  });

  test(`${overlay}: no label that the owner of a pod sets lets it push`, () => {
    const policy = policies.find(({ metadata }) => metadata.name === 'activescale-ingest');
    const [rule, ...more] = policy?.spec.ingress ?? [];
    assert.deepEqual([more, rule?.ports], [[], [{ port: 'grpc' }]]);
    assert.ok(rule?.from && rule.from.length > 0);
    for (const { podSelector, namespaceSelector, ipBlock } of rule.from) {
      assert.deepEqual([podSelector, ipBlock], [undefined, undefined]);
      const { matchLabels = {}, matchExpressions = [] } = namespaceSelector ?? {};
      assert.ok(Object.keys(matchLabels).length + matchExpressions.length > 0, 'not every namespace');
    }
  });

  test(`${overlay}: pods of meshed and of labelled namespaces may push, others may not`, () => {
    const from = policies.find(({ metadata }) => metadata.name === 'activescale-ingest')?.spec.ingress?.[0]
      ?.from;
    const mayPush = (labels: Record<string, string>) =>
      from?.some(({ namespaceSelector }) => matches(namespaceSelector ?? {}, labels));
    const named = (name: string) => ({ 'kubernetes.io/metadata.name': name });
    for (const labels of [
      { 'istio-injection': 'enabled' },
      { 'istio.io/rev': 'stable' },
      { 'istio.io/dataplane-mode': 'ambient' },
      { 'activescale.io/push': 'true' },
    ])
      assert.ok(mayPush({ ...named('shop'), ...labels }), JSON.stringify(labels));
    assert.ok(mayPush(named('istio-system')));
    assert.ok(!mayPush(named('shop')));
    assert.ok(!mayPush({ ...named('shop'), 'istio-injection': 'disabled', 'activescale.io/push': 'false' }));
  });

  test(`${overlay}: the services reach names and Valkey, api also kube-apiserver, and nothing else`, () => {
    const [ofIngest, ofApi] = [waysOut(policies, ofService('ingest')), waysOut(policies, ofService('api'))];
    assert.deepEqual(
      ofIngest.map((way) => way.split(' ')[0]),
      ['UDP/53', 'TCP/53', 'UDP/5353', 'TCP/5353', 'TCP/6379'],
    );
    for (const way of ofIngest) assert.doesNotMatch(way, /anywhere/);
    const kube = ['TCP/443 to anywhere', 'TCP/6443 to anywhere'];
    assert.deepEqual(
      ofApi.filter((way) => !ofIngest.includes(way)),
      kube,
    );
    assert.deepEqual(
      ofIngest.filter((way) => !ofApi.includes(way)),
      [],
    );
    const valkey = ofIngest.at(-1) ?? '';
    const stored = [...podTemplates(objects)].filter(
      ([, { metadata }]) => metadata.labels['app.kubernetes.io/component'] === 'store',
    );
    assert.equal(stored.length, 1);
    for (const [, { metadata }] of stored)
      assert.ok(valkey.includes(`"app.kubernetes.io/name":"${metadata.labels['app.kubernetes.io/name']}"`));
  });

  test(`${overlay}: Valkey lets only the services in, and reaches at most its own nodes and names`, () => {
    const store = policies.filter(({ metadata }) => /^valkey/.test(metadata.name));
    assert.equal(store.length, 1);
    for (const { spec } of store) {
      for (const { from } of spec.ingress ?? []) assert.ok(from && from.length > 0);
      for (const { to } of spec.egress ?? []) assert.ok(to && to.length > 0);
    }
  });
}
