import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decodeHead, headKey, recordName } from '@activescale/protocol/record';
import { openAdmin } from '@activescale/store/testing';
import { flushOf } from '../../e2e/messages.ts';
import { createPusher } from '../../faults/lib/pusher.ts';
import { createMeter, printPhases, type Wait } from '../lib/phase.ts';

// Pods that push once a second, each over its connection and one after another, so that a flush is due every
// 100 ms. Measures how long it takes until a flush is in Valkey:
//   node test/strangers/honest/pods.ts --grpc PORT --valkey PORT --verified true [--tls FILE]
const { values } = parseArgs({
  options: {
    grpc: { type: 'string' },
    valkey: { type: 'string' },
    /** Whether ingest keeps records under the address of their pod. */
    verified: { type: 'string' },
    /** JSON of the client's certificate, key and authority. */
    tls: { type: 'string' },
  },
});
const PODS = 10;
const FLUSH_MS = 1_000;
const LOOK_MS = 10;
const NAMESPACE = 'honest';
const IP = '127.0.0.1';

const tls = values.tls === undefined ? undefined : JSON.parse(readFileSync(values.tls, 'utf8'));
const meter = createMeter(() => performance.now());
const { redis } = openAdmin(Number(values.valkey));
const pods = Array.from({ length: PODS }, (_, index) => {
  const name = `web-${index}`;
  return {
    name,
    key: headKey('activescale', NAMESPACE, recordName(name, values.verified === 'true' ? IP : '')),
    pusher: createPusher(Number(values.grpc), tls),
    flush: 0,
    stored: 0,
    waits: [] as { readonly flush: number; readonly wait: Wait }[],
  };
});

function push(pod: (typeof pods)[number]): void {
  pod.flush += 1;
  pod.waits.push({ flush: pod.flush, wait: meter.begin() });
  const options = { namespace: NAMESPACE, pod: pod.name, ip: IP, serviceAccount: 'web' };
  // Every message names its pod, so that a stream that had to be opened again needs no other.
  pod.pusher.push(() => flushOf({ ...options, active: pod.flush, flush: pod.flush }));
}

pods.forEach((pod, index) => {
  setTimeout(
    () => {
      push(pod);
      setInterval(() => push(pod), FLUSH_MS);
    },
    (index * FLUSH_MS) / PODS,
  );
});
printPhases(meter);
let flowing = false;
for (;;) {
  const heads = await redis.mgetBuffer(pods.map(({ key }) => key));
  pods.forEach((pod, index) => {
    const head = heads[index];
    if (head) pod.stored = Math.max(pod.stored, decodeHead(head).active);
    for (const { wait } of pod.waits.filter(({ flush }) => flush <= pod.stored)) wait.done();
    pod.waits = pod.waits.filter(({ flush }) => flush > pod.stored);
  });
  if (!flowing && pods.every(({ stored }) => stored > 1)) {
    flowing = true;
    process.stdout.write('{"event":"flowing"}\n');
  }
  await sleep(LOOK_MS);
}
