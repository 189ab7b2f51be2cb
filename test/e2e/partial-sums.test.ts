import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, INBOUND, OUTBOUND, until } from '@activescale/devkit';
import { startPod, startStack } from './stack.ts';
import { answersWithin } from './watch.ts';

const namespace = 'shop';
const pod = 'web-6f7c9d-abcde';
const SECOND = { statPrefix: 'inbound_0.0.0.0_9090;', clusterName: 'inbound|9090||;' };
/** Used once each, they make a flush of thousands of families, with the two gauges somewhere among them. */
const OUTBOUND_CLUSTERS = 60;
const WATCHED_MS = 3_000;

for (const batchSize of [1, 7]) {
  test(`with batch_size ${batchSize} no answer ever shows a part of a flush`, async (t) => {
    await using stack = await startStack();
    const { ingest, query } = stack;
    const sink = { pod, namespace, sinkPort: ingest.grpcPort, flush: '0.5s', batchSize };
    await using running = await startPod({
      ...sink,
      scopes: [SECOND],
      outboundClusters: OUTBOUND_CLUSTERS,
    });
    const { envoy, upstream } = running;
    for (let index = 0; index < OUTBOUND_CLUSTERS; index++) {
      await (await fetch(`http://127.0.0.1:${envoy.ports[OUTBOUND]}/${index}/`)).text();
    }
    const value = async () => (await query.ask(namespace, pod)).values[pod];

    await using first = holdOpen({ port: envoy.ports[INBOUND] ?? 0, count: 10 });
    await using second = holdOpen({ port: envoy.ports[SECOND.statPrefix] ?? 0, count: 5 });
    await until(() => upstream.inFlight() === 15, { what: 'fifteen requests behind Envoy' });
    await until(async () => (await value()) === '15', { what: 'the whole sum' });
    const held = await answersWithin(WATCHED_MS, value);
    t.diagnostic(`the whole sum ${held.get('15')} times in ${WATCHED_MS} ms`);
    assert.deepEqual([...held.keys()], ['15']);

    upstream.release();
    await Promise.all([first.finished, second.finished]);
    await until(async () => (await value()) === '0', { what: 'the answer 0' });
    assert.deepEqual([...(await answersWithin(WATCHED_MS / 3, value)).keys()], ['0']);
  });
}
