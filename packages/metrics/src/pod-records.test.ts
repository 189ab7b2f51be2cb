import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPodRecords } from './pod-records.ts';
import type { Pod } from './samples.ts';
import { headBytes } from './testing/records.ts';

const older = headBytes({ arrival: 1_000, ipVerified: true });
const newer = headBytes({ arrival: 2_000, ipVerified: true });

async function read(pods: readonly Pod[], records: Readonly<Record<string, Buffer>>) {
  const asked: string[] = [];
  const found = await readPodRecords(pods, async (names) => {
    asked.push(...names);
    return names.map((name) => records[name] ?? null);
  });
  return { asked, found };
}

test('without addresses the record of a pod is under its name', async () => {
  const { asked, found } = await read([{ name: 'a' }, { name: 'b' }], { b: newer, 'b@10.0.0.1': older });
  assert.deepEqual(asked, ['a', 'b']);
  assert.deepEqual(found, [null, newer]);
});

test('for a pod with addresses, only records from these addresses count', async () => {
  const pods = [
    { name: 'a', ips: ['10.0.0.1', '2001:DB8::1'] },
    { name: 'b', ips: ['10.0.0.2'] },
  ];
  const { asked, found } = await read(pods, {
    a: newer,
    'a@10.0.0.9': newer,
    'a@2001:db8::1': older,
    'b@10.0.0.1': newer,
  });
  assert.deepEqual(asked, ['a@10.0.0.1', 'a@2001:db8::1', 'b@10.0.0.2']);
  assert.deepEqual(found, [older, null]);
});

test('of several addresses of a pod, the newest record counts', async () => {
  const pods = [{ name: 'a', ips: ['10.0.0.1', '10.0.0.2'] }];
  assert.deepEqual((await read(pods, { 'a@10.0.0.1': older, 'a@10.0.0.2': newer })).found, [newer]);
  assert.deepEqual((await read(pods, { 'a@10.0.0.1': newer, 'a@10.0.0.2': older })).found, [newer]);
  const torn = Buffer.from([1]);
  assert.deepEqual((await read(pods, { 'a@10.0.0.1': torn, 'a@10.0.0.2': older })).found, [older]);
});

test('nothing is read for pods without any address', async () => {
  const { asked, found } = await read([{ name: 'a', ips: [] }], {});
  assert.deepEqual([asked, found], [[], [null]]);
});
