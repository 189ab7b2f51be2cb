import { get } from 'node:http';
import { parseArgs } from 'node:util';
import { createMeter, printPhases } from '../lib/phase.ts';

// Asks for /readyz twice a second as the kubelet does, each time over a new connection:
//   node test/strangers/honest/probes.ts --admin PORT
const { values } = parseArgs({ options: { admin: { type: 'string' } } });
const EVERY_MS = 500;

const meter = createMeter(() => performance.now());
let flowing = false;

function probe(): void {
  const wait = meter.begin();
  const request = get({ host: '127.0.0.1', port: Number(values.admin), path: '/readyz', agent: false });
  request.on('error', (error) => wait.failed(error.message));
  request.on('response', (response) => {
    response.resume();
    if (response.statusCode !== 200) return wait.failed(`${response.statusCode}`);
    wait.done();
    if (!flowing) process.stdout.write('{"event":"flowing"}\n');
    flowing = true;
  });
}

printPhases(meter);
setInterval(probe, EVERY_MS);
