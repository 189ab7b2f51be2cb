import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createKubeClient } from '@activescale/devkit';
import { createMeter, printPhases } from '../lib/phase.ts';

// Asks kube-apiserver for a metric ten times a second, over one connection as long as answers come in time, as an HPA
// does. Measures how long an answer takes:
//   node test/strangers/honest/hpa.ts --access FILE --path PATH
const { values } = parseArgs({
  options: {
    /** JSON of the server and the client's credential. */
    access: { type: 'string', default: '' },
    path: { type: 'string', default: '' },
  },
});
const EVERY_MS = 100;

const { server, credential } = JSON.parse(readFileSync(values.access, 'utf8'));
const client = createKubeClient(server, credential);
const meter = createMeter(() => performance.now());
let flowing = false;

async function ask(): Promise<void> {
  const wait = meter.begin();
  try {
    const { status, body } = await client.request(values.path);
    if (status !== 200) return wait.failed(`${status} ${body.slice(0, 200)}`);
    wait.done();
    if (!flowing) process.stdout.write('{"event":"flowing"}\n');
    flowing = true;
  } catch (error) {
    wait.failed(String(error));
  }
}

printPhases(meter);
setInterval(() => void ask(), EVERY_MS);
