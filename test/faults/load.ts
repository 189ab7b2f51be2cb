import { parseArgs } from 'node:util';
import { encodeMessage } from '@activescale/protocol/testing';
import { DYING_PODS, nameOf, namespaceOf } from './lib/pods.ts';
import { createPusher } from './lib/pusher.ts';
import { flushTime, gaugeOf, newestFlush, type Schedule } from './lib/truth.ts';

// Pushes known values as many pods (lib/truth.ts), each over its own connection, until it is ended:
//   node test/faults/load.ts --port P --pods 1000 --namespaces 10 --start MS --flush 1000
// Prints {"event":"flowing"} when every pod has flushed. SIGUSR2 kills the pods that are to die, SIGHUP sets the clocks
// of all Envoys an hour ahead, and the next one back again.
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    pods: { type: 'string' },
    namespaces: { type: 'string' },
    start: { type: 'string' },
    flush: { type: 'string' },
  },
});
const GAUGE = 'http.inbound_0.0.0.0_8080;.downstream_rq_active';
const TOTAL = 'http.inbound_0.0.0.0_8080;.downstream_rq_total';
const HOUR = 3_600_000;

const schedule: Schedule = { start: Number(values.start), flush: Number(values.flush) };
const pods = { count: Number(values.pods), namespaces: Number(values.namespaces) };
const all = pods.count + DYING_PODS;
let clockError = 0;
let flowing = 0;
let dead = false;

for (let pod = 0; pod < all; pod += 1) run(pod);

process.on('SIGHUP', () => {
  clockError = HOUR - clockError;
});

function run(pod: number): void {
  const namespace = namespaceOf(pods, pod);
  const name = nameOf(pod);
  const node = {
    id: `sidecar~10.1.${pod >> 8}.${pod & 255}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: { NAME: name, NAMESPACE: namespace, LABELS: { app: 'web' } },
  };
  const pusher = createPusher(Number(values.port));
  let last = -1;
  const dies = pod >= pods.count;
  if (dies) {
    process.on('SIGUSR2', () => {
      dead = true;
      pusher.kill();
    });
  }
  const push = (): void => {
    if (dies && dead) return;
    const now = Date.now();
    const flush = newestFlush(schedule, pod, now);
    if (flush === last) {
      pushAt(flush + 1); // the timer came early
      return;
    }
    pusher.push((first) =>
      encodeMessage({
        ...(first ? { node } : {}),
        timestamp: flushTime(schedule, pod, flush) + clockError,
        families: [
          { name: GAUGE, gauge: gaugeOf(pod, flush) },
          { name: TOTAL, counter: 10 * flush },
        ],
      }),
    );
    if (last < 0) flowing += 1;
    if (last < 0 && flowing === all) process.stdout.write('{"event":"flowing"}\n');
    last = flush;
    pushAt(flush + 1);
  };
  const pushAt = (flush: number): void => {
    setTimeout(push, Math.max(1, flushTime(schedule, pod, flush) - Date.now()));
  };
  pushAt(newestFlush(schedule, pod, Date.now()) + 1);
}
