import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  destinationRecordName,
  isDemandRecordName,
  parseDemandRecordName,
  recordNameBeginning,
  restRecordName,
} from './destination.ts';

const source = { namespace: 'edge', name: 'gateway-1', verifiedIp: '' };
const verified = { ...source, verifiedIp: '2001:db8::7' };

test('a record of a destination names destination, port and source', () => {
  const web = { kind: 'service', name: 'web', port: '80' } as const;
  assert.equal(destinationRecordName(web, source), 'service/web/80<edge/gateway-1');
  assert.equal(destinationRecordName(web, verified), 'service/web/80<edge/gateway-1@2001:db8::7');
  const route = { kind: 'httproute', name: 'web.v1', port: '' } as const;
  assert.equal(destinationRecordName(route, source), 'httproute/web.v1/<edge/gateway-1');
});

test('the record about all other destinations names their kind and the source', () => {
  assert.equal(restRecordName('service', verified), 'rest/service<edge/gateway-1@2001:db8::7');
});

test('a record name gives back destination and source', () => {
  for (const from of [source, verified]) {
    for (const kind of ['service', 'httproute', 'grpcroute'] as const) {
      const destination = { kind, name: 'web.v1', port: kind === 'service' ? '8080' : '' };
      assert.deepEqual(parseDemandRecordName(destinationRecordName(destination, from)), {
        ...destination,
        source: from,
      });
      const rest = { kind, name: '', port: '', source: from };
      assert.deepEqual(parseDemandRecordName(restRecordName(kind, from)), rest);
    }
  }
});

test('the names of records about a destination begin alike', () => {
  const web = destinationRecordName({ kind: 'service', name: 'web', port: '80' }, source);
  assert.ok(web.startsWith(recordNameBeginning('service', 'web')));
  assert.ok(web.startsWith(recordNameBeginning('service', undefined)));
  assert.ok(!web.startsWith(recordNameBeginning('service', 'we')));
  assert.ok(restRecordName('service', source).startsWith(recordNameBeginning('service', '')));
  assert.ok(!restRecordName('service', source).startsWith(recordNameBeginning('service', undefined)));
});

test('a pod’s record name is not one of demand', () => {
  for (const name of ['web-1', 'web-1@10.1.0.7', 'rest', 'service']) {
    assert.equal(isDemandRecordName(name), false);
    assert.equal(parseDemandRecordName(name), undefined);
  }
});

test('a malformed record name identifies no record', () => {
  const names = [
    'pod/web/80<edge/gateway-1',
    'service//80<edge/gateway-1',
    'service/web/80/1<edge/gateway-1',
    'service/web/80<edge',
    'service/web/80<edge/gateway-1/2',
    'service/web/80</gateway-1',
    'service/web/80<edge/gateway-1<edge/gateway-2',
    'service/web<edge/gateway-1',
    'rest<edge/gateway-1',
    'rest/web<edge/gateway-1',
    'rest/service/web<edge/gateway-1',
  ];
  for (const name of names) assert.equal(parseDemandRecordName(name), undefined, name);
});
