import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gateway } from './gateways.ts';
import { unreportedProblem } from './unreported.ts';

const WEB = { kind: 'service', name: 'web', namespace: 'shop', demandFrom: undefined } as const;
const SILENT: Gateway = { namespace: 'edge', name: 'gw-1', pushes: false, everywhere: [], ownNamespace: [] };

function why(
  gateways: readonly Gateway[] | undefined,
  more: Partial<Parameters<typeof unreportedProblem>[0]> = {},
) {
  const { code, problem, fix } = unreportedProblem({ ...WEB, gateways, ...more });
  const [what = '', ...cause] = problem.split(': ');
  assert.equal(what, 'no live source reports Service web, and none proves that it has no requests');
  return [`${code} ${cause.join(': ')}`, fix] as const;
}

test('a source that may report only its own namespace is named, with the setting that allows it more', () => {
  const gateways: Gateway[] = [
    { ...SILENT, pushes: true, ownNamespace: ['service'] },
    { ...SILENT, name: 'gw-2', pushes: true, ownNamespace: ['service'] },
    { ...SILENT, namespace: 'shop', name: 'waypoint', pushes: true },
  ];
  assert.deepEqual(why(gateways), [
    'ASC513 each of 2 gateways, such as edge/gw-1, may report only its own namespace',
    'add edge/* to DEMAND_SOURCES of ingest, or their service accounts with PEER_CHECK=spiffe',
  ]);
});

test('a source that reports the kind may hide a stat, and one of another kind names other objects', () => {
  const [hides, filter] = why([{ ...SILENT, pushes: true, everywhere: ['service'] }]);
  assert.equal(hides, 'ASC514 edge/gw-1 does not send a stat that the metric needs');
  assert.match(filter, /stats filter/);
  const [routes, describe] = why([{ ...SILENT, pushes: true, everywhere: ['httproute', 'grpcroute'] }]);
  assert.equal(routes, 'ASC515 edge/gw-1 reports destinations of another kind (httproute, grpcroute)');
  assert.match(describe, /HTTPRoute/);
});

test('a gateway without demand, one that does not push, and none at all are different causes', () => {
  assert.match(
    why([{ ...SILENT, pushes: true }])[0],
    /^ASC516 edge\/gw-1 pushes its own load, but has reported no dest/,
  );
  assert.equal(why([SILENT])[0], 'ASC517 edge/gw-1 does not push');
  assert.equal(why([{ ...SILENT, everywhere: ['service'] }])[0], 'ASC517 edge/gw-1 does not push');
  assert.equal(why([])[0], 'ASC518 no gateway or waypoint was found');
  assert.equal(why(undefined)[0], 'ASC512 the gateways are unknown');
  assert.deepEqual(why([{ ...SILENT, pushes: true }], { demandFrom: 'off' }), [
    'ASC511 ingest stores no demand (DEMAND_FROM=off)',
    'set DEMAND_FROM=gateways for ingest',
  ]);
});
