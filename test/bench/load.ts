import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gatewayFlushes } from './lib/gateway.ts';
import { readMessages } from './lib/recording.ts';
import { type Flush, flushOf, frameOf, identifierOf } from './lib/replay.ts';

// Pushes a recorded flush as many pods, each over its own connection:
//   node test/bench/load.ts --port P --file envoy/default.bin --streams 200 --rate 5 --warm 2 --seconds 5
//        [--families REGEXP] [--namespace NAME] [--skip MESSAGES] [--destinations 300 --busy 30]
// With --destinations they are gateways: the recorded flush with that number of clusters, some of which have requests.
// Raw HTTP/2, because a grpc-js client would take more CPU than the server under test.
//
// Prints a line of JSON when the streams are warm and when the measured time is over:
//   {"event":"warm"} {"event":"done","sent":5000,"bytes":65000000,"late":0,"seconds":5.0}
// `late` counts flushes left out because the server had not yet taken the stream's former ones. Exits with 1 if a
// stream ended before its time or was not answered with OK.
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    file: { type: 'string', default: 'envoy/default.bin' },
    streams: { type: 'string', default: '100' },
    rate: { type: 'string', default: '1' },
    warm: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '5' },
    skip: { type: 'string', default: '3' },
    families: { type: 'string', default: '' },
    namespace: { type: 'string', default: 'bench' },
    destinations: { type: 'string', default: '0' },
    busy: { type: 'string', default: '0' },
  },
});

const OPEN_AT_ONCE = 50;

interface Pod {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
  readonly answered: Promise<string>;
}

const wanted = new RegExp(values.families);
const [destinations, busy] = [Number(values.destinations), Number(values.busy)];
const isGateway = destinations > 0;
/** Different ones, after which the counters begin again. */
const GATEWAY_FLUSHES = 32;
const flushes = messages().map((message) => flushOf(message, (family) => wanted.test(family)));
if (flushes.length === 0) throw new Error(`${values.file} has no more than ${values.skip} messages`);

let stopping = false;
const pods = await openAll(Number(values.streams));
await run(Number(values.warm));
print({ event: 'warm' });
print({ event: 'done', ...(await run(Number(values.seconds))) });

stopping = true;
for (const { stream } of pods) stream.end();
for (const status of await Promise.all(pods.map(({ answered }) => answered))) {
  if (status !== '0') throw new Error(`a stream was answered with grpc-status ${status}`);
}
for (const { session } of pods) session.close();

function messages(): Buffer[] {
  const recorded = readMessages(values.file).slice(Number(values.skip));
  const [first] = recorded;
  if (!isGateway || first === undefined) return recorded;
  return gatewayFlushes(first, { destinations, busy }, GATEWAY_FLUSHES);
}

/** A few at once: what is measured is not how many connections a server accepts in a second. */
async function openAll(count: number): Promise<readonly Pod[]> {
  const opened: Pod[] = [];
  while (opened.length < count) {
    const length = Math.min(OPEN_AT_ONCE, count - opened.length);
    const next = Array.from({ length }, (_, index) => open(opened.length + index));
    opened.push(...(await Promise.all(next)));
  }
  return opened;
}

async function open(index: number): Promise<Pod> {
  const session = connect(`http://127.0.0.1:${values.port}`);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: '/envoy.service.metrics.v3.MetricsService/StreamMetrics',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const answered = new Promise<string>((resolve) => {
    let status = 'none';
    const take = (headers: Record<string, unknown>) => {
      status = String(headers['grpc-status'] ?? status);
    };
    stream.on('response', take).on('trailers', take);
    stream.on('close', () => {
      if (!stopping) throw new Error(`stream ${index} ended before its time with grpc-status ${status}`);
      resolve(status);
    });
  });
  stream.resume();
  const first = flushes[0] as Flush;
  await new Promise((resolve) => {
    const pod = `web-6f7c9d-${index}`;
    stream.write(
      frameOf(
        first,
        Date.now(),
        identifierOf(values.namespace, pod, index, isGateway ? 'router' : 'sidecar'),
      ),
      resolve,
    );
  });
  return { session, stream, answered };
}

/**
 * Lets the pods flush at their rate, one after another and evenly spread: pods do not start in step, so a server is
 * rarely handed two flushes at once.
 */
async function run(seconds: number): Promise<{ sent: number; bytes: number; late: number; seconds: number }> {
  const interval = 1_000 / (Number(values.rate) * pods.length);
  const start = performance.now();
  let sent = 0;
  let bytes = 0;
  let late = 0;
  for (let turn = 0; turn * interval < seconds * 1_000; turn += 1) {
    const early = () => start + turn * interval - performance.now();
    for (let ms = early(); ms > 0; ms = early()) await sleep(ms);
    const { stream } = pods[turn % pods.length] as Pod;
    if (stream.writableNeedDrain) {
      late += 1;
      continue;
    }
    // Each pod sends one after another.
    const frame = frameOf(flushes[Math.floor(turn / pods.length) % flushes.length] as Flush, Date.now());
    stream.write(frame);
    sent += 1;
    bytes += frame.length;
  }
  return { sent, bytes, late, seconds: (performance.now() - start) / 1_000 };
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
