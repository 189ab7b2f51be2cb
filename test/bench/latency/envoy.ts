import { setTimeout as sleep } from 'node:timers/promises';
import { holdOpen, until } from '@activescale/devkit';
import { startPod, startStack } from '../../e2e/stack.ts';
import { percentile } from '../lib/statistics.ts';
import { table } from '../lib/table.ts';

/**
 * From a request's start in a real Envoy to the API's answer that has it, at a flush a second. The request falls
 * anywhere between two flushes, so half a second of the median is Envoy's waiting.
 */
export async function envoyLatency(requests: number): Promise<string> {
  await using stack = await startStack();
  const [pod, namespace] = ['web-0', 'shop'];
  await using app = await startPod({ pod, namespace, sinkPort: stack.ingest.grpcPort, flush: '1s' });
  const shows = (active: string) =>
    until(async () => (await stack.query.ask(namespace, pod)).values[pod] === active, {
      what: `the answer ${active}`,
      every: 2,
    });
  const took: number[] = [];
  for (let i = 0; i < requests; i += 1) {
    await sleep(1_000 * Math.random());
    const start = performance.now();
    const request = holdOpen({ port: app.envoy.port, count: 1 });
    await shows('1');
    took.push(performance.now() - start);
    await request.stop();
    await shows('0');
  }
  const head = ['ms', 'number', 'least', 'p50', 'p90', 'p99', 'longest'];
  const row = [
    "from a request's start to the answer",
    String(took.length),
    ...[0, 0.5, 0.9, 0.99, 1].map((q) => percentile(took, q).toFixed(0)),
  ];
  return `A real Envoy with a flush a second:\n\n${table(head, [row])}`;
}
