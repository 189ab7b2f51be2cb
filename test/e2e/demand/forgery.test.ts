import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, until } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { metric } from '../admin.ts';
import { frame, openRawStream } from '../client.ts';
import { startStack } from '../stack.ts';
import { demandOf, startServices, untilInFlight } from './gateways.ts';

const REFUSED = 'activescale_ingest_demand_refused_total{reason="source"}';

/** A flush of a pod that claims to be a gateway with many requests to the Service `web`. */
function forgedFlush(pod: string, namespace: string, timestamp: number): Buffer {
  const cluster = 'cluster.outbound|80||web.shop.svc.cluster.local;';
  return encodeMessage({
    node: {
      id: `router~127.0.0.1~${pod}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: {
        NAME: pod,
        NAMESPACE: namespace,
        SERVICE_ACCOUNT: 'gateway',
        INSTANCE_IPS: '127.0.0.1',
        PROXY_CONFIG: { proxyStatsMatcher: { inclusionPrefixes: ['cluster.'] } },
      },
    },
    timestamp,
    families: [
      { name: `${cluster}.upstream_rq_total`, counter: 99 },
      { name: `${cluster}.upstream_rq_active`, gauge: 99 },
      { name: `${cluster}.upstream_rq_pending_active`, gauge: 0 },
    ],
  });
}

for (const check of ['off', 'address'])
  test(`a pod outside DEMAND_SOURCES changes no demand and is counted, with PEER_CHECK=${check}`, {
    timeout: 90_000,
  }, async () => {
    const env = { PEER_CHECK: check, DEMAND_SOURCES: 'edge/gw-*' };
    await using stack = await startStack({ ingest: env });
    const { query, ingest } = stack;
    await using services = await startServices('shop', ['web']);
    await using gateway = await services.gateway('gw-0', ingest.grpcPort, '0.5s');
    await using _load = holdOpen({ port: gateway.port, path: '/web/hold', count: 4 });
    await untilInFlight(query, 'shop', 4, 'the gateway');
    assert.equal(await metric(ingest, REFUSED), 0);

    await using other = openRawStream(ingest.grpcPort, {}, {});
    await using sameNamespace = openRawStream(ingest.grpcPort, {}, {});
    let pushed = 0;
    const push = async () => {
      pushed++;
      other.push(frame(forgedFlush('gw-0', 'attack', 1_000 * pushed), false));
      sameNamespace.push(frame(forgedFlush('other', 'edge', 1_000 * pushed), false));
      return (await metric(ingest, REFUSED)) >= 6;
    };
    await until(push, { what: 'three flushes of each to be counted', every: 200 });
    for (let i = 0; i < 20; i++)
      assert.equal(await demandOf(query, 'shop', 'web', 'demand_active_requests'), 4);
  });
