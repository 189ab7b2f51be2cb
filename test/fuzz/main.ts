import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzz } from '@activescale/devkit';
import { WIRES } from './wires.ts';

// The long form of what `npm test` does in short: inputs to every decoder and parser, floods against the ports, and
// Envoys whose values are compared with the truth.
//
//   npm run fuzz -- --inputs 10000000 --seed 1 --scale 10 --scenarios 10000
//
// Prints a line for each target. Exits 1 at the first crash, hang, growth or wrong value, with the seed and the input.

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** How many times as much as in `npm test` the floods are; 0: none. */
    scale: { type: 'string', default: '10' },
    /** How many scenarios of the promise; 0: none. */
    scenarios: { type: 'string', default: '10000' },
  },
});
const inputs = Number(values.inputs);
const root = join(import.meta.dirname, '../..');

const say = ({ name, inputs, seconds, growth, slowest }: FuzzReport) => {
  const [rate, grown] = [Math.round(inputs / seconds), (growth / 1e6).toFixed(1)];
  process.stdout.write(
    `${name}: ${inputs} inputs, ${rate}/s, slowest ${slowest.toFixed(1)} ms, heap ${grown} MB more\n`,
  );
};

process.stdout.write(`seed ${values.seed}\n`);
for (const { target, share } of WIRES) say(fuzz(target, Math.ceil(inputs * share), Number(values.seed)));

/** Runs this Node on a file, and passes on what it says; ends with it if it fails. */
async function node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(1);
}

// Services are never imported from outside: api's parsers run beside it.
const rest = Math.ceil(inputs * (1 - WIRES.reduce((sum, { share }) => sum + share, 0)));
const paths = 'services/api/src/testing/paths.fuzz.ts';
await node([paths, '--inputs', String(rest), '--seed', values.seed]);
if (Number(values.scale) > 0) {
  const floods = [
    'test/e2e/flood.test.ts',
    'test/e2e/bad-streams.test.ts',
    'test/contract/api-abuse.test.ts',
  ];
  await node(['--test', '--test-concurrency=1', ...floods], { FUZZ_SCALE: values.scale });
}
if (Number(values.scenarios) > 0) {
  const scenarios = { PROMISE_RUNS: values.scenarios, PROMISE_SEED: values.seed };
  await node(['--test', 'test/promise/promise.test.ts'], scenarios);
  // A tenth of gateways: each scenario has seven destinations.
  const gateways = String(Math.ceil(Number(values.scenarios) / 10));
  await node(['--test', 'test/promise/demand.test.ts'], { ...scenarios, PROMISE_RUNS: gateways });
}
