import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVERYWHERE } from '@activescale/protocol/record';
import { type Bench, startStandalone } from '../../contract/api.ts';
import { demandRecord, gateway, restRecord } from '../../contract/demand-records.ts';
import { capture } from './captures.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';

// What inspect and top show of the records of destinations, as ingest writes them.

let bench: Bench;
let env: CliEnv;

const BUSY = { started: 20, completed: 20, errors: 5, reset: 2, timed: 20, durations: 500, buckets: [0, 20] };
const IDLE = { expiry: 600_000, slots: [{}] } as const;
const VERIFIED = { ...gateway('gw-b'), verifiedIp: '10.1.0.7' };
const RECORDS = [
  demandRecord('service', 'web', gateway('gw-a'), {
    expiry: 600_000,
    workload: 'gateway',
    active: 3,
    pending: 1,
    bounds: [100],
    slots: [BUSY],
  }),
  demandRecord('service', 'web', VERIFIED, { ...IDLE, port: '8080', active: 9 }),
  demandRecord('httproute', 'web', gateway('gw-c'), { ...IDLE, active: 20 }),
  restRecord('service', gateway('gw-a'), { ...IDLE, namespace: EVERYWHERE }),
  // Names that fit into the narrowest terminal.
  demandRecord('service', 'w', gateway('a', 'e'), { ...IDLE, namespace: 'narrow', active: 1 }),
  { ...IDLE, name: 'web-1', active: 50 },
];

before(async () => {
  bench = await startStandalone({ METRIC_TTL: '5m' });
  env = { VALKEY_ADDR: bench.valkey.addr, METRIC_TTL: '5m' };
  await bench.put(...RECORDS);
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

test('top --demand shows each Service and route of the namespace, and no pods', async () => {
  const { code, stdout, stderr } = await runCli(['top', '-n', 'shop', '--demand'], env);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^DESTINATION +SOURCES +AGE +ACTIVE +PENDING +MEAN 1M +PER S +REJECTED +P95 S +ERRORS\n/,
  );
  assert.match(
    stdout,
    /\nhttproute\/web +1 +\d+\.\d s +20 +0 .*\nservice\/web +2 +\d+\.\d s +12 +1 +\S+ +20 +2 +0\.095 +0\.25\n/,
  );
  assert.match(stdout, /\n2 destinations in shop, 32 requests in flight\n$/);
  assert.doesNotMatch((await runCli(['top', '-n', 'shop'], env)).stdout, /service|httproute/);
  const rows = await cliJson<{ kind: string; sources: number; active: number }[]>(
    ['top', '-n', 'shop', '--demand'],
    env,
  );
  assert.deepEqual(
    rows.map(({ kind, sources, active }) => [kind, sources, active]),
    [
      ['httproute', 1, 20],
      ['service', 2, 12],
    ],
  );
});

test('inspect shows what each source reports of a Service', async () => {
  const { code, stdout, stderr } = await runCli(['inspect', 'service/shop/web'], env);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^service web in shop: 12 requests in flight, 1 of them waiting for a connection\n/);
  assert.match(stdout, /\nedge\/gw-a +80 +live .*\nedge\/gw-b@10\.1\.0\.7 +8080 +live /);
  assert.match(
    stdout,
    /\nsource edge\/gw-a, port 80\n +key +activescale:\{shop\}:slots:service\/web\/80<edge\/gw-a /,
  );
  assert.match(stdout, /\n +workload +gateway\n/);
  const { sources } = await cliJson<{
    sources: { port: string; source: { name: string }; record: { slots: { started: number }[] } }[];
  }>(['inspect', 'svc/web', '-n', 'shop'], env);
  assert.deepEqual(
    sources.map(({ port, source, record }) => [source.name, port, record.slots[0]?.started]),
    [
      ['gw-a', '80', 20],
      ['gw-b', '8080', 0],
    ],
  );
});

test('inspect of a Service that no source mentions shows who proves that it has no requests', async () => {
  const { code, stdout } = await runCli(['inspect', 'service', 'shop/idle'], env);
  assert.equal(code, 0);
  assert.match(stdout, /^service idle in shop: 0 requests in flight, because no live source mentions it\n/);
  assert.match(stdout, /\nedge\/gw-a +all +\d+\.\d s +all\n/);
  const route = await runCli(['inspect', 'grpcroute', 'shop/idle'], env);
  assert.deepEqual([route.code, route.stdout], [1, '']);
  assert.match(route.stderr, /no source reports grpcroute idle in shop: /);
});

test('top --demand and inspect of a destination fit into terminals of 44, 80 and 160 columns', async () => {
  await capture('top-demand', ['top', '-n', 'shop', '--demand'], env);
  await capture('inspect-service', ['inspect', 'service', 'narrow/w'], env);
});
