import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEnvoy } from './envoy/envoy.ts';
import { OUTBOUND } from './envoy/options.ts';
import { constantRate } from './http/load.ts';
import { epoch, type Served } from './http/served.ts';
import { startUpstream } from './http/upstream.ts';
import { startWorkload } from './http/workloads.ts';
import { encodeRecorded } from './sink/recording.ts';
import { startSink } from './sink/sink.ts';

// Records the stream of a real Envoy under load:
//   node packages/devkit/src/record.ts --out FILE.bin [--seconds 10] [--load NAME] [--rate 20] [--flush 1s] [--batch 7]
//        [--labels istio|envoy] [--deltas] [--clusters 300] [--few]
// With --load (http/workloads.ts) FILE.truth gets a line a request: start and end in ms, kind; and Envoy, at the end,
// is asked to stop first. --few keeps only the stats that ingest reads.
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20' },
    flush: { type: 'string', default: '1s' },
    batch: { type: 'string', default: '0' },
    labels: { type: 'string' },
    deltas: { type: 'boolean', default: false },
    clusters: { type: 'string', default: '0' },
    load: { type: 'string' },
    few: { type: 'boolean', default: false },
  },
});
if (!values.out) throw new Error('--out FILE.bin is missing');
if (values.labels !== undefined && values.labels !== 'istio' && values.labels !== 'envoy') {
  throw new Error(`--labels ${values.labels}: istio or envoy`);
}

/** What ingest reads (docs/signals.md). */
const FEW = [
  'http\\.inbound_[^;]*;\\.downstream_(rq_(active|total|completed|5xx|rx_reset|time)|cx_upgrades_active)',
  'cluster\\.inbound\\|.*;\\.upstream_rq_(active|pending_active)',
  'server\\.uptime',
];

const file = createWriteStream(values.out);
let count = 0;
await using sink = await startSink({
  onMessage: (message) => {
    count++;
    file.write(encodeRecorded(message));
  },
});
await using upstream = await startUpstream();
const clusters = Number(values.clusters);
{
  await using envoy = await startEnvoy({
    pod: 'web-6f7c9d.v1-abcde',
    namespace: 'shop',
    sinkPort: sink.port,
    upstreamPort: upstream.port,
    flush: values.flush,
    batchSize: Number(values.batch),
    tagsAsLabels: values.labels ?? false,
    deltas: values.deltas,
    outboundClusters: clusters,
    ...(values.few && { inclusionRegexps: FEW, histogramMode: 'HISTOGRAM' }),
  });
  // Envoy sends only stats in use: every cluster gets a request first.
  for (let index = 0; index < clusters; index++) {
    await fetch(`http://127.0.0.1:${envoy.ports[OUTBOUND]}/${index}/`);
  }
  const path = () => `/?delay=${Math.floor(Math.random() * 400)}`;
  await using _load =
    values.load === undefined
      ? constantRate({ port: envoy.port, path, perSecond: Number(values.rate) })
      : startWorkload(values.load, envoy.port);
  await sleep(Number(values.seconds) * 1000);
  if (values.load !== undefined) {
    await envoy.stop(); // its last flush still has the load
    writeFileSync(values.out.replace(/\.bin$/, '.truth'), truthOf(upstream.log()));
  }
}
file.end();
await once(file, 'close');
process.stdout.write(`${values.out}: ${count} messages, ${file.bytesWritten} bytes\n`);

/** A line a request, `?` where it had not ended. */
function truthOf(log: readonly Served[]): string {
  const now = epoch();
  const line = ({ start, end }: Served) =>
    `${start.toFixed(3)} ${(end ?? now).toFixed(3)} r${end === undefined ? '?' : ''}\n`;
  return log.map(line).join('');
}
