import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { snapshotTime } from '@activescale/protocol/envoy';
import { holdOpen } from '../http/load.ts';
import { startUpstream } from '../http/upstream.ts';
import { until } from '../process/until.ts';
import type { Recorded } from '../sink/recording.ts';
import { startSink } from '../sink/sink.ts';
import { isAlive } from '../tools/cache.ts';
import { startEnvoy } from './envoy.ts';
import { OUTBOUND } from './options.ts';

const pod = 'web-6f7c9d.v1-abcde';
const namespace = 'shop';

/** Stat names are plain text in a message. */
const holds = (messages: readonly Recorded[], text: string) =>
  messages.some(({ message }) => message.includes(text));

test('envoy proxies a request and pushes its stats with its identity', async () => {
  await using sink = await startSink();
  await using upstream = await startUpstream();
  await using envoy = await startEnvoy({
    pod,
    namespace,
    sinkPort: sink.port,
    upstreamPort: upstream.port,
    flush: '0.2s',
  });
  await using load = holdOpen({ port: envoy.port, count: 3 });
  await until(() => upstream.inFlight() === 3, { what: 'three requests behind Envoy' });
  await until(() => holds(sink.messages, 'http.inbound_0.0.0.0_8080;.downstream_rq_active'), {
    what: 'the gauge',
  });
  assert.ok(holds(sink.messages, 'cluster.inbound|8080||;.upstream_rq_active'));
  const first = sink.messages[0]?.message;
  assert.ok(first?.includes(`sidecar~10.1.0.7~${pod}.${namespace}~${namespace}.svc.cluster.local`));
  assert.ok(first?.includes('deployments/web'));
  upstream.release();
  assert.equal((await load.finished).answered, 3);
});

test('sink options change the wire: batches, labels by either name, no metadata', async () => {
  await using sink = await startSink();
  await using upstream = await startUpstream();
  const common = { pod, namespace, sinkPort: sink.port, upstreamPort: upstream.port, flush: '0.2s' };
  {
    await using envoy = await startEnvoy({ ...common, tagsAsLabels: 'istio', metadata: false });
    await fetch(`http://127.0.0.1:${envoy.port}/`);
    await until(() => holds(sink.messages, 'http_conn_manager_prefix'), { what: "Istio's tag" });
    assert.ok(holds(sink.messages, 'http.downstream_rq_active'));
    assert.ok(!holds(sink.messages, 'envoy.http_conn_manager_prefix'));
    assert.ok(!holds(sink.messages, 'WORKLOAD_NAME'));
  }
  {
    const before = sink.messages.length;
    await using envoy = await startEnvoy({ ...common, tagsAsLabels: 'envoy', batchSize: 7 });
    await fetch(`http://127.0.0.1:${envoy.port}/`);
    await until(() => holds(sink.messages, 'envoy.http_conn_manager_prefix'), { what: "Envoy's tag" });
    const ofOneFlush = () => Map.groupBy(sink.messages.slice(before), ({ message }) => snapshotTime(message));
    await until(() => [...ofOneFlush().values()].some(({ length }) => length > 10), {
      what: 'one flush of many messages',
    });
  }
});

test('more listeners carry the stats of gateways and of outbound calls', async () => {
  await using sink = await startSink();
  await using upstream = await startUpstream();
  const gateway = {
    statPrefix: 'outbound_0.0.0.0_8443;',
    clusterName: 'outbound|80||a.shop.svc.cluster.local;',
  };
  await using envoy = await startEnvoy({
    pod,
    namespace,
    sinkPort: sink.port,
    upstreamPort: upstream.port,
    flush: '0.2s',
    scopes: [gateway],
    outboundClusters: 3,
  });
  assert.equal((await fetch(`http://127.0.0.1:${envoy.ports[gateway.statPrefix]}/`)).status, 200);
  assert.equal((await fetch(`http://127.0.0.1:${envoy.ports[OUTBOUND]}/2/`)).status, 200);
  assert.equal((await fetch(`http://127.0.0.1:${envoy.ports[OUTBOUND]}/3/`)).status, 404);
  const names = [
    `http.${gateway.statPrefix}.downstream_rq_active`,
    `cluster.${gateway.clusterName}.upstream_rq_active`,
    'cluster.outbound|80||service-2.shop.svc.cluster.local;.upstream_rq_active',
  ];
  await until(() => names.every((name) => holds(sink.messages, name)), { what: names.join() });
});

test('stats that no inclusion matches are not pushed', async () => {
  await using sink = await startSink();
  await using upstream = await startUpstream();
  await using envoy = await startEnvoy({
    pod,
    namespace,
    sinkPort: sink.port,
    upstreamPort: upstream.port,
    flush: '0.2s',
    inclusionRegexps: ['cluster\\.inbound.*'],
  });
  await fetch(`http://127.0.0.1:${envoy.port}/`);
  await until(() => holds(sink.messages, 'cluster.inbound|8080||;.upstream_rq_active'), {
    what: 'the cluster',
  });
  assert.ok(!holds(sink.messages, 'downstream_rq_active'));
});

test('a bootstrap that envoy refuses is an error with its own words', async () => {
  const wrong = { pod, namespace, sinkPort: 1, upstreamPort: 1, flush: 'soon' };
  await assert.rejects(startEnvoy(wrong), /did not start[\s\S]*soon/);
});

test('envoy is gone after kill -9 of its owner', async () => {
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { startEnvoy } from ${JSON.stringify(new URL('./envoy.ts', import.meta.url).href)};
       console.log((await startEnvoy({ pod: 'web', namespace: 'shop', sinkPort: 1, upstreamPort: 1 })).pid);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: owner.stdout }), 'line');
  const pid = Number(line);
  assert.equal(isAlive(pid), true);
  owner.kill('SIGKILL');
  await until(() => !isAlive(pid), { what: 'Envoy to end' });
});
