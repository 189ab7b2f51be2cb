import { connect } from 'node:http2';
import { startStandalone, V1BETA2 } from '../../contract/api.ts';
import { percentile } from '../lib/statistics.ts';
import { podHistory, podLabels, podName } from './pods.ts';

const PODS = 1_500;
const QUERIES = 300;
const METRICS = ['active_requests', 'active_requests_mean_1m', 'request_duration_seconds_p95'];

/** A query of 1,500 pods without a cluster, over HTTP/2. */
export async function standaloneQuery(): Promise<string> {
  await using bench = await startStandalone();
  const pods = Array.from({ length: PODS }, (_, i) => ({
    name: podName(i),
    labels: podLabels(i),
    active: i % 50,
    ...podHistory(i),
  }));
  await bench.put(...pods);
  const session = connect(`https://127.0.0.1:${bench.api.securePort}`, { rejectUnauthorized: false });
  const took = new Map<string, number[]>(METRICS.map((metric) => [metric, []]));
  for (let i = -30; i < QUERIES; i++) {
    for (const [metric, times] of took) {
      const start = performance.now();
      const stream = session.request({ ':path': `${V1BETA2}/namespaces/shop/pods/*/${metric}` });
      const body = Buffer.concat(await stream.toArray()).toString();
      if (i >= 0) times.push(performance.now() - start);
      if (!body.includes(podName(PODS - 1))) throw new Error(`an answer is not whole: ${body.slice(0, 300)}`);
    }
  }
  session.close();
  const parts = [...took].map(
    ([metric, times]) =>
      `${metric} p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`,
  );
  return `Standalone, 1,500 pods over HTTP/2: ${parts.join('; ')}.`;
}
