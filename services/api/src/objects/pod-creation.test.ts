import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPodCreation } from './pod-creation.ts';

const SECOND = 1_800_000_000_000;
const AT = new Date(SECOND).toISOString();

/** With Valkey's clock set by hand. */
function start(now: number | undefined = SECOND + 300) {
  const clock: { now: number | undefined } = { now };
  return { clock, creation: createPodCreation(() => clock.now) };
}

test('a pod was created at its creationTimestamp', () => {
  assert.equal(start().creation.seen('shop', 'db-0', AT), SECOND);
  assert.equal(start().creation.seen('shop', 'db-0', undefined), undefined);
});

test('a kube-apiserver whose clock is ahead makes no pod younger than the moment it is heard of', () => {
  assert.equal(start(SECOND - 60_000).creation.seen('shop', 'db-0', AT), SECOND - 60_000);
});

test('a pod was created after an earlier one of its name was gone, whatever the clock of kube-apiserver says', () => {
  const { clock, creation } = start(SECOND + 60_000);
  creation.gone('shop', 'db-0');
  clock.now = SECOND + 61_000;
  assert.equal(creation.seen('shop', 'db-0', AT), SECOND + 60_000);
  assert.equal(creation.seen('shop', 'db-1', AT), SECOND);
  assert.equal(creation.seen('other', 'db-0', AT), SECOND);
});

test("as long as Valkey's clock is not known, kube-apiserver's counts", () => {
  const { clock, creation } = start();
  clock.now = undefined;
  creation.gone('shop', 'db-0');
  assert.equal(creation.seen('shop', 'db-0', AT), SECOND);
});

test('of more than 5,000 pods that are gone the longest gone are forgotten', () => {
  const { clock, creation } = start(SECOND + 60_000);
  for (let i = 0; i <= 5_000; i++) creation.gone('shop', `job-${i}`);
  clock.now = SECOND + 61_000;
  assert.equal(creation.seen('shop', 'job-0', AT), SECOND);
  assert.equal(creation.seen('shop', 'job-1', AT), SECOND + 60_000);
});
