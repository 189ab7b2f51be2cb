import assert from 'node:assert/strict';
import test from 'node:test';
import { type EnvoyOptions, holdOpen, until } from '@activescale/devkit';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';

const pods: readonly { options: Pick<EnvoyOptions, 'pod' | 'metadata'>; requests: number }[] = [
  { options: { pod: 'web.v1.example-0' }, requests: 2 },
  { options: { pod: 'web.v1.example-1' }, requests: 3 },
  { options: { pod: 'cache.v2-0', metadata: false }, requests: 4 },
];

test('pods keep their names apart, with dots in them and from node.id alone', async () => {
  await using running = new AsyncDisposableStack();
  const { ingest, query } = running.use(await startStack());
  const expected: Record<string, string> = {};
  for (const { options, requests } of pods) {
    const sink = { namespace, sinkPort: ingest.grpcPort, flush: '0.25s' };
    const { envoy } = running.use(await startPod({ ...options, ...sink }));
    running.use(holdOpen({ port: envoy.port, count: requests }));
    expected[options.pod] = String(requests);
  }
  const values = async () => (await query.ask(namespace, '*')).values;
  const same = async () => {
    assert.deepEqual(await values(), expected);
    return true;
  };
  await until(same, { what: 'the values of all three' });

  for (const [pod, value] of Object.entries(expected)) {
    assert.deepEqual((await query.ask(namespace, pod)).values, { [pod]: value });
  }
  // What a cut at the first dot would have made of them.
  for (const cut of ['web', 'cache']) assert.equal((await query.ask(namespace, cut)).status, 404);
  assert.deepEqual((await query.ask('v1', '*')).values, {});
});
