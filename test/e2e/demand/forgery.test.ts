import assert from 'node:assert/strict';
import test from 'node:test';
import { type GatewayOptions, holdOpen, until } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { status } from '@grpc/grpc-js';
import { metric } from '../admin.ts';
import { frame, openRawStream, type RawOptions } from '../client.ts';
import { INGEST_ID, startMesh, workloadOf } from '../mesh.ts';
import { startStack } from '../stack.ts';
import { demandOf, startServices, untilInFlight } from './gateways.ts';

const REFUSED = 'activescale_ingest_demand_refused_total{reason="source"}';

interface Claim {
  readonly pod: string;
  readonly namespace: string;
  readonly account: string;
}

/** A flush of a pod that claims to be a gateway with many requests to the Service `web`, and to be busy itself. */
function forgedFlush({ pod, namespace, account }: Claim, timestamp: number): Buffer {
  const cluster = 'cluster.outbound|80||web.shop.svc.cluster.local;';
  return encodeMessage({
    node: {
      id: `router~127.0.0.1~${pod}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: {
        NAME: pod,
        NAMESPACE: namespace,
        SERVICE_ACCOUNT: account,
        INSTANCE_IPS: '127.0.0.1',
        PROXY_CONFIG: { proxyStatsMatcher: { inclusionPrefixes: ['cluster.'] } },
      },
    },
    timestamp,
    families: [
      { name: `${cluster}.upstream_rq_total`, counter: 99 },
      { name: `${cluster}.upstream_rq_active`, gauge: 99 },
      { name: `${cluster}.upstream_rq_pending_active`, gauge: 0 },
      { name: 'cluster.inbound|8080||;.upstream_rq_active', gauge: 99 },
      { name: 'http.inbound_0.0.0.0_8080;.downstream_rq_active', gauge: 99 },
    ],
  });
}

interface Check extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>;
  /** How the real gateway connects, and anyone with these names. */
  readonly gateway: Partial<GatewayOptions>;
  connect(claim: Pick<Claim, 'namespace' | 'account'>): Promise<RawOptions>;
}

const withoutTls = (check: string) => async (): Promise<Check> => ({
  settings: { PEER_CHECK: check, DEMAND_SOURCES: 'edge/gw-*' },
  gateway: {},
  connect: async () => ({}),
  [Symbol.asyncDispose]: async () => {},
});

const CHECKS: Readonly<Record<string, () => Promise<Check>>> = {
  off: withoutTls('off'),
  address: withoutTls('address'),
  async spiffe() {
    const mesh = await startMesh();
    const { authority } = mesh;
    const { cert: ca } = authority;
    return {
      settings: { ...mesh.settings, DEMAND_SOURCES: 'edge/gateway' },
      gateway: {
        metadata: { SERVICE_ACCOUNT: 'gateway' },
        sinkTls: { ca, serverName: INGEST_ID, client: await workloadOf(authority, 'edge', 'gateway') },
      },
      connect: async ({ namespace, account }) => ({
        tls: {
          ca,
          checkServerIdentity: () => undefined,
          ...(await workloadOf(authority, namespace, account)),
        },
      }),
      [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
    };
  },
};

for (const [name, start] of Object.entries(CHECKS)) {
  test(`a pod outside DEMAND_SOURCES changes no demand and is counted, with PEER_CHECK=${name}`, {
    timeout: 90_000,
  }, async () => {
    await using check = await start();
    await using stack = await startStack({ ingest: check.settings });
    const { query, ingest } = stack;
    await using services = await startServices('shop', ['web']);
    await using gateway = await services.gateway('gw-0', ingest.grpcPort, '0.5s', check.gateway);
    await using _load = holdOpen({ port: gateway.port, path: '/web/hold', count: 4 });
    await untilInFlight(query, 'shop', 4, 'the gateway');
    assert.equal(await metric(ingest, REFUSED), 0);

    const claims = [
      { pod: 'gw-0', namespace: 'attack', account: 'gateway' },
      { pod: 'other', namespace: 'edge', account: 'other' },
    ];
    await using streams = new AsyncDisposableStack();
    const others = await Promise.all(
      claims.map(async (claim) => {
        const options = await check.connect(claim);
        return { claim, stream: streams.use(openRawStream(ingest.grpcPort, {}, options)) };
      }),
    );
    let pushed = 0;
    const push = async () => {
      pushed++;
      for (const { claim, stream } of others) stream.push(frame(forgedFlush(claim, 1_000 * pushed), false));
      return (await metric(ingest, REFUSED)) >= 6;
    };
    await until(push, { what: 'three flushes of each to be counted', every: 200 });
    for (let i = 0; i < 20; i++)
      assert.equal(await demandOf(query, 'shop', 'web', 'demand_active_requests'), 4);
  });

  test(`an allowed gateway writes its own load and demand, and no load of a pod, with PEER_CHECK=${name}`, {
    timeout: 90_000,
  }, async () => {
    await using check = await start();
    await using stack = await startStack({ ingest: check.settings });
    const { query, ingest } = stack;
    const claim = { pod: 'gw-0', namespace: 'edge', account: 'gateway' };
    await using stream = openRawStream(ingest.grpcPort, {}, await check.connect(claim));
    let pushed = 0;
    const push = async () => {
      pushed++;
      stream.push(frame(forgedFlush(claim, 1_000 * pushed), false));
      return (await demandOf(query, 'shop', 'web', 'demand_active_requests')) === 99;
    };
    await until(push, { what: 'the demand', every: 200 });
    assert.deepEqual((await query.ask('shop', '*')).values, {}, 'no pod of the Service');
    if (name !== 'spiffe') return;
    // The certificate is the gateway's, whatever pod its node names.
    await using forged = openRawStream(ingest.grpcPort, {}, await check.connect(claim));
    forged.push(frame(forgedFlush({ pod: 'web-0', namespace: 'shop', account: 'web' }, 1_000), false));
    assert.equal(status[await forged.status], 'PERMISSION_DENIED');
  });
}
