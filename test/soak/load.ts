import { parseArgs } from 'node:util';
import { encodeMessage } from '@activescale/protocol/testing';
import { createPusher, type Pusher } from '../faults/lib/pusher.ts';

// Pushes a flush a second as many pods, each over its own connection, and lets the oldest die and a new one be
// born every second, until it is ended:
//   node test/soak/load.ts --port P --pods 2000 --namespaces 20
// Prints {"event":"alive","oldest":17,"newest":2016} every second: the numbers of the pods that push.
const { values } = parseArgs({
  options: { port: { type: 'string' }, pods: { type: 'string' }, namespaces: { type: 'string' } },
});
const FLUSH_MS = 1_000;
const SCOPE = 'http.inbound_0.0.0.0_8080;';
const alive = new Map<number, { readonly pusher: Pusher; readonly timer: NodeJS.Timeout }>();
let newest = -1;

while (alive.size < Number(values.pods)) bear();
setInterval(() => {
  bear();
  const [oldest = 0] = alive.keys();
  const dying = alive.get(oldest);
  alive.delete(oldest);
  clearInterval(dying?.timer);
  dying?.pusher.kill();
  process.stdout.write(`${JSON.stringify({ event: 'alive', oldest: oldest + 1, newest })}\n`);
}, 1_000);

function bear(): void {
  newest += 1;
  const pod = newest;
  const name = `web-${pod}`;
  const namespace = `soak-${pod % Number(values.namespaces)}`;
  const node = {
    id: `sidecar~10.1.${(pod >> 8) & 255}.${pod & 255}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: { NAME: name, NAMESPACE: namespace, LABELS: { app: 'web' } },
  };
  const pusher = createPusher(Number(values.port));
  let total = 0;
  const push = () => {
    total += 10;
    pusher.push((first) =>
      encodeMessage({
        ...(first ? { node } : {}),
        timestamp: Date.now(),
        families: [
          { name: `${SCOPE}.downstream_rq_active`, gauge: total % 7 },
          { name: `${SCOPE}.downstream_rq_total`, counter: total },
          { name: `${SCOPE}.downstream_rq_completed`, counter: total },
        ],
      }),
    );
  };
  // Born all at once at the start, they must not flush in step.
  const timer = setTimeout(
    () => {
      push();
      alive.set(pod, { pusher, timer: setInterval(push, FLUSH_MS) });
    },
    FLUSH_MS * ((pod * 0.618) % 1),
  );
  alive.set(pod, { pusher, timer });
}
