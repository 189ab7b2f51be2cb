import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyType, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { addPart, type Flush, startFlush } from '../flush.ts';
import { createKnownStats } from '../known-stats.ts';
import { scopeRules } from '../scopes.ts';
import { learnStreams, NO_STREAMS } from './own-streams.ts';
import { loadClusters } from './upstream.ts';

interface ClusterState {
  readonly active?: number;
  readonly pending?: number;
  readonly total?: number;
}

/** What one flush shows. */
interface Shown {
  /** Requests of clients in flight; undefined: hidden by the stats filter. */
  readonly clients: number | undefined;
  readonly clusters: Readonly<Record<string, ClusterState>>;
}

function flushOf(proxy: ProxyType, { clients, clusters }: Shown): Flush {
  const scope = 'http.ingress';
  const families: FamilySpec[] = [{ name: `${scope}.downstream_rq_total`, counter: 100 }];
  if (clients !== undefined) families.push({ name: `${scope}.downstream_rq_active`, gauge: clients });
  for (const [name, { active, pending, total }] of Object.entries(clusters)) {
    if (active !== undefined) families.push({ name: `cluster.${name}.upstream_rq_active`, gauge: active });
    if (pending !== undefined)
      families.push({ name: `cluster.${name}.upstream_rq_pending_active`, gauge: pending });
    if (total !== undefined) families.push({ name: `cluster.${name}.upstream_rq_total`, counter: total });
  }
  const rules = scopeRules({ stats: createKnownStats(), proxy });
  const flush = startFlush(1);
  addPart(flush, scanMessage(encodeMessage({ timestamp: 1, families }), rules), rules, 0);
  return flush;
}

/** Requests in flight and waiting upstream, as counted at each of these flushes; undefined where unknown. */
function counted(
  shown: readonly Shown[],
  { proxy = 'other' as ProxyType, areDeltas = false } = {},
): (readonly [active: number, pending: number] | undefined)[] {
  let streams = NO_STREAMS;
  return shown.map((each) => {
    const flush = flushOf(proxy, each);
    const options = { proxy, isDeclared: false, areDeltas, streams, mayHideEgress: false };
    const clusters = loadClusters(flush, options);
    streams = learnStreams(streams, flush);
    if (clusters === undefined) return undefined;
    const sum = (stat: 'active' | 'pending') =>
      clusters.reduce((all, { [stat]: value = 0 }) => all + value, 0);
    return [sum('active'), sum('pending')];
  });
}

const actives = (shown: readonly Shown[], options = {}) => counted(shown, options).map((each) => each?.[0]);
const ROUTED = 'outbound|80||web.shop.svc.cluster.local;';
const LOGS = 'outbound|9000||logs.shop.svc.cluster.local;';

test('nothing is in flight upstream while no client has a request, from the first flush on', () => {
  const control = { active: 1, pending: 1, total: 1 };
  const shown = { clients: 0, clusters: { app: { active: 0, total: 9 }, control } };
  assert.deepEqual(counted([shown, shown, shown]), [
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const hiddenTotals = { clients: 0, clusters: { app: { active: 0 }, control: { active: 1 } } };
  assert.deepEqual(actives([hiddenTotals, hiddenTotals]), [0, 0]);
  const router = { clients: 0, clusters: { [ROUTED]: { active: 0 }, [LOGS]: { active: 1 } } };
  assert.deepEqual(actives([router, router], { proxy: 'router' }), [0, 0]);
});

test('a stream that never ends is no load of a busy proxy, though it starts late or again', () => {
  const at = (time: number, control: ClusterState): Shown => ({
    clients: 4,
    clusters: { app: { active: 3, total: 10 + 7 * time }, control },
  });
  const shown = [
    at(0, {}),
    at(1, { active: 1, total: 1 }),
    at(2, { active: 1, total: 1 }),
    at(3, { active: 0, total: 1 }),
    at(4, { active: 1, total: 2 }),
    at(5, { active: 1, total: 2 }),
  ];
  // One of the four requests has not reached the application: that one may be the stream's, as far as the stats show.
  assert.deepEqual(actives(shown), [3, 4, 4, 3, 4, 4]);
  const exact = shown.map((each) => ({ ...each, clients: 3 }));
  assert.deepEqual(actives(exact).slice(0, 4), [3, 3, 3, 3]);
  assert.equal(actives(exact).at(-1), 3);
});

test('a stream that was in flight at rest is no load at any time after', () => {
  const rest: Shown = {
    clients: 0,
    clusters: { app: { active: 0, total: 9 }, control: { active: 1, total: 1 } },
  };
  const again: Shown = {
    clients: 5,
    clusters: { app: { active: 3, total: 20 }, control: { active: 1, total: 2 } },
  };
  assert.deepEqual(actives([rest, rest, again, again]), [0, 0, 3, 3]);
  assert.deepEqual(actives([rest, again]), [0, 4]);
});

test('a cluster with a stream of the proxy and requests of clients counts the latter', () => {
  const rest: Shown = { clients: 0, clusters: { shared: { active: 1, total: 9 } } };
  const busy: Shown = { clients: 3, clusters: { shared: { active: 4, total: 15 } } };
  assert.deepEqual(actives([rest, rest, busy]), [0, 0, 3]);
  const gone: Shown = { clients: 0, clusters: { shared: { active: 0, total: 15 } } };
  const later: Shown = { clients: 3, clusters: { shared: { active: 3, total: 20 } } };
  assert.deepEqual(actives([rest, rest, gone, gone, later]), [0, 0, 0, 0, 3]);
});

test("a gateway's access log service among its outbound clusters is no load once the gateway was at rest", () => {
  const rest: Shown = { clients: 0, clusters: { [ROUTED]: { active: 0 }, [LOGS]: { active: 1 } } };
  const busy: Shown = { clients: 5, clusters: { [ROUTED]: { active: 5 }, [LOGS]: { active: 1 } } };
  assert.deepEqual(actives([rest, rest, busy, busy], { proxy: 'router' }), [0, 0, 5, 5]);
});

test('long requests to the application count', () => {
  const long = (active: number): Shown => ({ clients: 3, clusters: { app: { active, total: 3 } } });
  assert.deepEqual(actives([long(3), long(3), long(3)]), [3, 3, 3]);
  const waiting: Shown = { clients: 3, clusters: { app: { active: 1, pending: 2, total: 1 } } };
  assert.deepEqual(counted([waiting, waiting]), [
    [1, 2],
    [1, 2],
  ]);
});

test('a stream that waits for a connection is not pending', () => {
  const control = { active: 0, pending: 1 };
  const at = (clients: number): Shown => ({
    clients,
    clusters: { app: { active: clients, total: 9 }, control },
  });
  assert.deepEqual(counted([at(0), at(0), at(3)]), [
    [0, 0],
    [0, 0],
    [3, 0],
  ]);
});

test('with counters as increments a cluster is endless while its own are 0', () => {
  const at = (total: number): Shown => ({
    clients: 3,
    clusters: { app: { active: 3, total: 7 }, control: { active: 1, total } },
  });
  assert.deepEqual(actives([at(1), at(0), at(0)], { areDeltas: true }), [3, 3, 3]);
});

test('without the gauges downstream a stream that may never end leaves the load unknown', () => {
  const hidden: Shown = { clients: undefined, clusters: { app: { active: 3, total: 3 } } };
  assert.deepEqual(actives([hidden]), [undefined]);
  const ending: Shown = { clients: undefined, clusters: { app: { active: 3, total: 9 } } };
  assert.deepEqual(actives([ending]), [3]);
});

test('nothing is known of requests upstream once a listener arrives whose gauge is hidden, after streams were learned', () => {
  const atRest = { clients: 0, clusters: { app: { active: 22, total: 30 } } };
  const hidden = { clients: undefined, clusters: { app: { active: 60, total: 90 } } };
  assert.deepEqual(actives([atRest, atRest, hidden]), [0, 0, undefined]);
  assert.deepEqual(actives([hidden]), [60]);
});
