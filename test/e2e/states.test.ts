import assert from 'node:assert/strict';
import test from 'node:test';
import { type EnvoyOptions, holdOpen, startApi, until } from '@activescale/devkit';
import { createQuery } from './query.ts';
import { type Pod, startPod, startStack } from './stack.ts';

/** The gauge comes into use, and so into the flushes, with an Envoy's first request: until then its pod is idle. */
test('live, idle and unknown pods', async (t) => {
  await using running = new AsyncDisposableStack();
  const { valkey, ingest, query: peers } = running.use(await startStack());
  const queryOf = async (IDLE_AS_ZERO: string) => {
    const api = await startApi({ VALKEY_ADDR: valkey.addr, STANDALONE: 'true', IDLE_AS_ZERO });
    return running.use(createQuery(running.use(api).securePort));
  };
  const always = await queryOf('always');
  const never = await queryOf('never');

  /** Starts an idle pod and waits until its record is there. */
  const startIdle = async (
    namespace: string,
    pod: string,
    options: Partial<EnvoyOptions> = {},
  ): Promise<Pod> => {
    const sink = { sinkPort: ingest.grpcPort, flush: '0.25s', labels: { app: 'web', pod } };
    const template = { metadata: { WORKLOAD_NAME: 'web' }, showsFilter: false };
    const idle = running.use(await startPod({ pod, namespace, ...sink, ...template, ...options }));
    await until(async () => (await always.ask(namespace, pod)).values[pod] === '0', {
      what: `${pod}'s record`,
    });
    return idle;
  };
  const hold = async ({ envoy }: Pod, count: number, namespace: string, pod: string) => {
    running.use(holdOpen({ port: envoy.port, count }));
    const seen = async () => (await never.ask(namespace, pod)).values[pod] === String(count);
    await until(seen, { what: `${pod} to be live` });
  };

  await t.test('an idle pod beside a live one is "0", alone it is left out', async () => {
    const namespace = 'beside';
    await startIdle(namespace, 'web-idle');
    await hold(await startIdle(namespace, 'web-live'), 2, namespace, 'web-live');
    const both = { 'web-idle': '0', 'web-live': '2' };

    assert.deepEqual((await peers.ask(namespace, '*')).values, both);
    assert.deepEqual((await peers.ask(namespace, '*', 'app=web')).values, both);
    assert.deepEqual((await peers.ask(namespace, '*', 'app in (web,api),pod!=web-idle')).values, {
      'web-live': '2',
    });
    const alone = await peers.ask(namespace, '*', 'pod=web-idle');
    assert.deepEqual([alone.status, alone.values], [200, {}]);
    assert.deepEqual((await peers.ask(namespace, 'web-live')).values, { 'web-live': '2' });
    assert.equal((await peers.ask(namespace, 'web-idle')).status, 404);
  });

  await t.test('all idle: an empty list with 200', async () => {
    const namespace = 'quiet';
    await startIdle(namespace, 'web-a');
    await startIdle(namespace, 'web-b');
    const { status, body } = await peers.ask(namespace, '*', 'app=web');
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body).items, []);
  });

  await t.test('IDLE_AS_ZERO=always takes every idle pod for 0, IDLE_AS_ZERO=never none', async () => {
    assert.deepEqual((await always.ask('quiet', '*')).values, { 'web-a': '0', 'web-b': '0' });
    assert.deepEqual((await always.ask('quiet', 'web-a')).values, { 'web-a': '0' });
    assert.deepEqual((await never.ask('beside', '*')).values, { 'web-live': '2' });
    assert.equal((await never.ask('beside', 'web-idle')).status, 404);
  });

  await t.test(
    'an idle pod whose own metadata shows that its filter lets the gauge through is "0"',
    async () => {
      const inclusionRegexps = ['http\\.(inbound_.*|InboundPassthroughCluster);\\.downstream_rq_active'];
      const metadata = { PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
      await startIdle('filtered', 'web-a', {
        metadata,
        inclusionRegexps: [...inclusionRegexps, 'server\\..*'],
      });
      // On a busy machine the time that a client has for its expressions may be used up for a moment.
      const isZero = async () => (await peers.ask('filtered', '*')).values['web-a'] === '0';
      await until(isZero, { what: 'the filter to be known' });
      assert.deepEqual((await never.ask('filtered', '*')).values, {});
    },
  );

  await t.test('unknown pods are omitted, whatever IDLE_AS_ZERO says', async () => {
    assert.equal((await always.ask('quiet', 'web-unseen')).status, 404);
    assert.deepEqual((await always.ask('unseen', '*')).values, {});
    assert.equal((await always.ask('unseen', '*')).status, 200);
  });
});
