import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { builtInCatalogue } from '@activescale/metrics';
import { startActivityWatch } from './activity-watch.ts';
import { parseTrigger } from './metadata.ts';
import type { Readings } from './readings.ts';
import { ScalerError } from './scaler-error.ts';

/** A watch at a time that the test sets; ticks are real. */
function start(t: TestContext, values: Record<string, number>) {
  const state = { now: 0, queries: [] as string[], blocked: new Map<string, Promise<void>>() };
  const readings: Readings = {
    one: async () => undefined,
    async demandOf({ namespace, metric }, names) {
      state.queries.push(`${namespace}: ${names.join()} ${metric.name}`);
      await state.blocked.get(namespace);
      return new Map(names.flatMap((name) => (name in values ? [[name, values[name] ?? 0]] : [])));
    },
  };
  const watch = startActivityWatch(readings, () => state.now);
  t.after(watch.close);
  const add = (service: string, namespace = 'shop') => {
    const { promise: failed, resolve } = Promise.withResolvers<ScalerError>();
    const sent: boolean[] = [];
    let wake = () => {};
    const stop = watch.add({
      trigger: () => {
        if (service === '') throw new ScalerError('INVALID_ARGUMENT', 'gone');
        const scalerMetadata = { metric: 'demand_requests', target: '1', service };
        return parseTrigger({ name: 'so', namespace, scalerMetadata }, builtInCatalogue);
      },
      send(active) {
        sent.push(active);
        wake();
      },
      failed: resolve,
    });
    /** Resolves with the next message. */
    const next = () => {
      const { promise, resolve: woken } = Promise.withResolvers<boolean | undefined>();
      wake = () => woken(sent.at(-1));
      return promise;
    };
    return { sent, next, failed, stop };
  };
  return { ...state, state, add };
}

test('equal triggers are read once, and those of a namespace together', async (t) => {
  const { state, add } = start(t, { a: 1, b: 0 });
  const streams = [add('a'), add('a'), add('b'), add('a', 'other')];
  await Promise.all(streams.map(({ next }) => next()));
  assert.deepEqual(
    streams.map(({ sent }) => sent),
    [[true], [true], [false], [true]],
  );
  assert.deepEqual(state.queries.slice(0, 2), ['shop: a,b demand_requests', 'other: a demand_requests']);
});

test('changes are sent, and activity every 30 s', async (t) => {
  const values: Record<string, number> = { a: 1, b: 0 };
  const { state, add } = start(t, values);
  const [active, inactive] = [add('a'), add('b')];
  await Promise.all([active.next(), inactive.next()]);
  state.now = 29_000;
  const rejected = inactive.next();
  values.b = 1;
  assert.equal(await rejected, true);
  assert.deepEqual(active.sent, [true]);
  state.now = 30_000;
  assert.equal(await active.next(), true);
  assert.deepEqual(
    [active.sent, inactive.sent],
    [
      [true, true],
      [false, true],
    ],
  );
  values.b = 0;
  state.now = 31_000;
  assert.equal(await inactive.next(), false);
});

test('a slow namespace delays no other, and is not read again meanwhile', async (t) => {
  const values: Record<string, number> = { a: 0 };
  const { state, add } = start(t, values);
  const { promise, resolve } = Promise.withResolvers<void>();
  state.blocked.set('slow', promise);
  const [slow, other] = [add('a', 'slow'), add('a')];
  await other.next();
  const woken = other.next();
  values.a = 1;
  await woken;
  assert.equal(state.queries.filter((query) => query.startsWith('slow')).length, 1);
  resolve();
  assert.equal(await slow.next(), true);
});

test('a trigger that is unknown or has become invalid sends nothing and is read again', async (t) => {
  const values: Record<string, number> = {};
  const { add } = start(t, values);
  const [unknown, invalid] = [add('a'), add('')];
  assert.equal((await unknown.failed).status, 'FAILED_PRECONDITION');
  assert.equal((await invalid.failed).status, 'INVALID_ARGUMENT');
  assert.deepEqual([unknown.sent, invalid.sent], [[], []]);
});

test('an active trigger is read once a second, one that waits for requests at each tick', async (t) => {
  const { state, add } = start(t, { a: 1, b: 0 });
  const [active, waiting] = [add('a', 'busy'), add('b', 'calm')];
  await Promise.all([active.next(), waiting.next()]);
  const reads = (namespace: string) => state.queries.filter((query) => query.startsWith(namespace)).length;
  while (reads('calm') < 4) await setTimeout(10);
  assert.equal(reads('busy'), 1);
  state.now = 1_000;
  while (reads('busy') < 2) await setTimeout(10);
});

test('a stream that ends while its trigger is read gets no message', async (t) => {
  const { state, add } = start(t, { a: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  state.blocked.set('shop', promise);
  const [ended, open] = [add('a'), add('a')];
  while (state.queries.length === 0) await setTimeout(10);
  ended.stop();
  resolve();
  await open.next();
  assert.deepEqual(ended.sent, []);
});
