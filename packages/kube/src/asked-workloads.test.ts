import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedWorkloads } from './asked-workloads.ts';
import type { ObjectKey } from './owner.ts';

function deployments(...names: readonly string[]): ObjectKey[] {
  return names.map((name) => ({ group: 'apps', kind: 'Deployment', name }));
}

const JOB: ObjectKey = { group: 'batch', kind: 'Job', name: 'migrate' };

/** Asks as if these workloads had the selector, and notes whose selector was read. */
async function ask(workloads: readonly ObjectKey[], ...equal: readonly string[]) {
  const read: string[] = [];
  const asked = await askedWorkloads(workloads, async ({ name }) => {
    read.push(name);
    return equal.includes(name);
  });
  return { asked: asked?.map(({ name }) => name), read };
}

test('the pods of one owner are all meant, and no selector is read', async () => {
  assert.deepEqual(await ask(deployments('web'), 'web'), { asked: undefined, read: [] });
  assert.deepEqual(await ask([], 'web'), { asked: undefined, read: [] });
});

test('among several owners those are meant whose selector is the one asked by', async () => {
  const workloads = deployments('web', 'canary');
  assert.deepEqual(await ask(workloads, 'web'), { asked: ['web'], read: ['web', 'canary'] });
  assert.deepEqual((await ask(workloads, 'web', 'canary')).asked, ['web', 'canary']);
  assert.equal((await ask(workloads)).asked, undefined);
});

test('a Job has no scale: its selector is not read', async () => {
  assert.deepEqual(await ask([...deployments('web'), JOB], 'web'), { asked: ['web'], read: ['web'] });
});

test('no selector is read where the pods of very many workloads match', async () => {
  const many = Array.from({ length: 33 }, (_, i) => `web-${i}`);
  assert.deepEqual(await ask(deployments(...many), 'web-0'), { asked: undefined, read: [] });
  assert.deepEqual((await ask(deployments(...many.slice(1)), 'web-9')).asked, ['web-9']);
});
