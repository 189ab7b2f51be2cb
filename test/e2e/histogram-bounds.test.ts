import assert from 'node:assert/strict';
import test from 'node:test';
import { constantRate, type EnvoyOptions, until } from '@activescale/devkit';
import { createReader } from './read.ts';
import { startPod, startStack } from './stack.ts';

const steps = (count: number, by: number) => Array.from({ length: count }, (_, i) => (i + 1) * by);
const FIRST = 'inbound_0.0.0.0_8080;';
const SECOND = 'inbound_0.0.0.0_9090;';

/** Bounds in ms of a mesh's own (sidecar.istio.io/statsHistogramBuckets), in all or by the names of histograms. */
const BOUNDS: Readonly<Record<string, EnvoyOptions['histogramBuckets']>> = {
  "Envoy's": undefined,
  'a few narrow ones': [{ prefix: 'http.', bounds: [1, 10, 20, 22, 25, 50, 390, 400, 405, 420, 500] }],
  '64 of them': [{ prefix: 'http.', bounds: steps(64, 10) }],
  '80 of them': [{ prefix: 'http.', bounds: steps(80, 10) }],
  'others for each listener': [
    { prefix: `http.${FIRST}`, bounds: [5, 10, 15, 20, 25, 30, 50, 100] },
    { prefix: `http.${SECOND}`, bounds: [100, 200, 300, 350, 400, 450, 500, 1000] },
  ],
};

test('quantiles are of all requests, whatever bounds the histograms have', async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  for (const [index, [name, histogramBuckets]] of Object.entries(BOUNDS).entries()) {
    await t.test(name, async () => {
      const namespace = `bounds-${index}`;
      await using pod = await startPod({
        pod: 'web-1',
        namespace,
        sinkPort: stack.ingest.grpcPort,
        flush: '0.5s',
        scopes: [{ statPrefix: SECOND, clusterName: 'inbound|9090||;' }],
        ...(histogramBuckets && { histogramBuckets }),
      });
      const { ports } = pod.envoy;
      await using _fast = constantRate({ port: ports[FIRST] ?? 0, perSecond: 40, path: '/?delay=20' });
      await using _slow = constantRate({ port: ports[SECOND] ?? 0, perSecond: 40, path: '/?delay=400' });
      const ms = async (metric: string) => {
        const text = (await valuesOf(namespace, metric))['web-1'] ?? 'NaN';
        return text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1000;
      };
      // Enough that a fifth of all are slow ones.
      const p95 = async () => {
        const found = await ms('request_duration_seconds_p95');
        return found >= 350 && found <= 500;
      };
      await until(p95, { what: 'a P95 of about 400 ms' });
      const p50 = await ms('request_duration_seconds_p50');
      assert.ok(p50 >= 10 && p50 <= 500, `P50 ${p50} ms`);
    });
  }
});
