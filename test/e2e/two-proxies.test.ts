import assert from 'node:assert/strict';
import test from 'node:test';
import { type Ingest, startIngest, until } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { metric } from './admin.ts';
import { runCli } from './cli/run-cli.ts';
import { openStream } from './client.ts';
import { createReader } from './read.ts';
import { startStack } from './stack.ts';

interface Proxy {
  readonly node: {
    readonly id: string;
    readonly metadata: { readonly NAME: string; readonly NAMESPACE: string };
  };
  readonly scope: string;
  readonly active: number;
}

/** Istio's sidecar, and an Envoy of the application behind it: both push under the pod's name. */
const proxies = (namespace: string): readonly [Proxy, Proxy] => {
  const metadata = { NAME: 'web-1', NAMESPACE: namespace };
  const id = `sidecar~10.1.0.7~web-1.${namespace}~${namespace}.svc.cluster.local`;
  return [
    { node: { id, metadata }, scope: 'http.inbound_0.0.0.0_8080;', active: 10 },
    { node: { id: 'front', metadata }, scope: 'http.ingress', active: 3 },
  ];
};

interface Pushes extends AsyncDisposable {
  stop(): Promise<void>;
}

/** Pushes a flush each quarter of a second until it is stopped. */
function pushing(ingest: Ingest, { node, scope, active }: Proxy): Pushes {
  const stream = openStream(ingest.grpcPort);
  let flush = 0;
  const push = () => {
    flush++;
    const families = [
      { name: `${scope}.downstream_rq_active`, gauge: active },
      { name: `${scope}.downstream_rq_total`, counter: 5 * active * flush },
    ];
    stream.push(
      encodeMessage({ ...(flush === 1 ? { node } : {}), timestamp: 1_000_000 + 1_000 * flush, families }),
    );
  };
  push();
  const timer = setInterval(push, 250);
  const stop = async () => {
    clearInterval(timer);
    await stream[Symbol.asyncDispose]();
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

for (const order of ['the sidecar first', 'the other first'] as const) {
  for (const apart of [false, true]) {
    test(`two proxies of a pod on ${apart ? 'two ingests' : 'one ingest'}, ${order}: the sidecar counts`, async () => {
      await using running = new AsyncDisposableStack();
      const stack = running.use(await startStack());
      const second = apart
        ? running.use(await startIngest({ VALKEY_ADDR: stack.valkey.addr }))
        : stack.ingest;
      const { valuesOf } = createReader(stack);
      const [sidecar, front] = proxies('shop');
      const answer = async () => (await valuesOf('shop', 'active_requests'))['web-1'];
      const ignored = () => metric(second, 'activescale_ingest_refused_total{reason="other_proxy"}');
      const sidecarPushes = async () => {
        const pushes = running.use(pushing(stack.ingest, sidecar));
        await until(async () => (await answer()) === '10', { what: "the sidecar's number" });
        return pushes;
      };
      let own: Pushes;
      if (order === 'the sidecar first') {
        own = await sidecarPushes();
        running.use(pushing(second, front));
      } else {
        running.use(pushing(second, front));
        await until(async () => (await answer()) === '3', { what: "the other's number" });
        own = await sidecarPushes();
      }
      // The other may have been stored once more before it saw the sidecar.
      await until(async () => (await ignored()) >= 1 && (await answer()) === '10', {
        what: 'flushes of the other to be ignored',
      });
      const before = await ignored();
      const seen = new Set<string | undefined>();
      await until(
        async () => {
          seen.add(await answer());
          return (await ignored()) >= before + 6;
        },
        { what: 'six more flushes', every: 20 },
      );
      assert.deepEqual([...seen], ['10']);
      const { stdout } = await runCli(['inspect', 'pod', 'shop/web-1'], { VALKEY_ADDR: stack.valkey.addr });
      assert.match(stdout, /ignored +another proxy pushes for this pod: .*"nodeId":"front"/);

      await own.stop();
      await until(async () => (await answer()) === '3', { what: 'the other to take over', deadline: 30_000 });
    });
  }
}
