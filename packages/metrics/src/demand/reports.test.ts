import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationRecordName, restRecordName } from '@activescale/protocol/record';
import { headBytes, NOW } from '../testing/records.ts';
import { demandReports, liveReports, readReports } from './reports.ts';

const gateway = (name: string, verifiedIp = '') => ({ namespace: 'edge', name, verifiedIp });
const service = (name: string, port: string, source = gateway('gw-1')) =>
  destinationRecordName({ kind: 'service', name, port }, source);

const NAMES = [
  service('web', '80'),
  service('web', '8080'),
  service('web', '80', gateway('gw-2')),
  service('webs', '80'),
  service('we', '80'),
  destinationRecordName({ kind: 'httproute', name: 'web', port: '' }, gateway('gw-1')),
  restRecordName('service', gateway('gw-1')),
  restRecordName('httproute', gateway('gw-2')),
  'web-0',
  'service/web/80',
];

test('the reports about a destination are those of its name and kind', () => {
  const of = (...[kind, name]: [Parameters<typeof demandReports>[1], string?]) =>
    demandReports(NAMES, kind, name).map((report) => `${report.name}:${report.port} ${report.source.name}`);
  assert.deepEqual(of('service', 'web'), ['web:80 gw-1', 'web:8080 gw-1', 'web:80 gw-2']);
  assert.deepEqual(of('httproute', 'web'), ['web: gw-1']);
  assert.deepEqual(of('grpcroute', 'web'), []);
  assert.deepEqual(of('service').length, 5);
  assert.deepEqual(of('service', ''), [': gw-1']);
  assert.deepEqual(of('httproute', ''), [': gw-2']);
});

test('a source that is gone reports nothing', async () => {
  const reports = demandReports(NAMES, 'service', 'web');
  const live = await liveReports(reports, (namespace, name) =>
    namespace === 'edge' && name === 'gw-2' ? { name, createdAt: 5 } : undefined,
  );
  assert.deepEqual(live, [
    {
      destination: 'web',
      port: '80',
      pod: { name: '80<edge/gw-2', createdAt: 5 },
      recordNames: [service('web', '80', gateway('gw-2'))],
    },
  ]);
});

test('a source that has pushed from several addresses counts once, with its newest record', async () => {
  const names = [service('web', '80'), service('web', '80', gateway('gw-1', '10.1.0.7'))];
  const [report, ...more] = await liveReports(demandReports(names, 'service', 'web'), () => ({
    name: 'gw-1',
  }));
  assert.ok(report);
  assert.deepEqual([report.recordNames, more], [names, []]);
  const [old, newer] = [headBytes({ arrival: NOW - 9_000 }), headBytes({ arrival: NOW - 1_000 })];
  for (const values of [
    [old, newer],
    [newer, old],
    [null, newer],
  ])
    assert.deepEqual(await readReports([report], async () => values), [{ ...report, record: newer }]);
});

test('of a source with known addresses only records from these are read', async () => {
  const names = ['', '10.1.0.7', '10.1.0.8', '2001:db8::7'].map((ip) =>
    service('web', '80', gateway('gw-1', ip)),
  );
  const [report] = await liveReports(demandReports(names, 'service', 'web'), () => ({
    name: 'gw-1',
    ips: ['10.1.0.7', '2001:DB8:0::7'],
  }));
  assert.deepEqual(report?.recordNames, [names[1], names[3]]);
  assert.equal(report?.pod.ips, undefined);
});

test('nothing is read where there is no record', async () => {
  const [report] = await liveReports(demandReports(NAMES, 'service', 'webs'), () => ({
    name: 'gw-1',
    ips: [],
  }));
  assert.ok(report);
  const read = () => assert.fail('nothing to read');
  assert.deepEqual(await readReports([report], read), [{ ...report, record: null }]);
  assert.deepEqual(await readReports([], read), []);
});

test('the records of several reports are read together', async () => {
  const names = [service('a', '80'), service('b', '80'), service('b', '80', gateway('gw-1', '10.1.0.7'))];
  const reports = await liveReports(demandReports(names, 'service', undefined), () => ({ name: 'gw-1' }));
  const [a, b] = [headBytes({ active: 1 }), headBytes({ active: 2 })];
  const read = await readReports(reports, async (asked) => {
    assert.deepEqual(asked, names);
    return [a, b, null];
  });
  assert.deepEqual(
    read.map(({ destination, record }) => [destination, record]),
    [
      ['a', a],
      ['b', b],
    ],
  );
});
