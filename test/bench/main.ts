import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkOut } from './lib/checkout.ts';

// All benches, one after another, so that none disturbs another. Other arguments (--write) go to each that has options.
// With --compare each is also run for another commit, checked out for it: those that can take turns with the other
// checkout do, the others run there first and then here.
//   npm run bench [-- --write] [-- --compare COMMIT]
const ROOT = join(import.meta.dirname, '../..');
const BENCHES: readonly Bench[] = [
  { file: 'test/bench/ingest.ts', takesTurns: true },
  { file: 'test/bench/demand.ts', takesTurns: false },
  { file: 'test/bench/memory.ts', takesTurns: false },
  { file: 'packages/store/src/write.bench.ts', takesTurns: false },
  { file: 'test/bench/query.ts', takesTurns: true },
  { file: 'test/bench/latency.ts', takesTurns: false },
  { file: 'test/bench/keda.ts', takesTurns: false },
  { file: 'test/bench/scale.ts', takesTurns: false },
  { file: 'test/bench/truth/main.ts', takesTurns: false, hasOptions: false },
];

interface Bench {
  readonly file: string;
  /** Measures two checkouts in turns, with --against. */
  readonly takesTurns: boolean;
  readonly hasOptions?: false;
}

const args = process.argv.slice(2);
const at = args.indexOf('--compare');
const [, commit] = at < 0 ? [] : args.splice(at, 2);
if (at >= 0 && commit === undefined) throw new Error('--compare COMMIT is missing');
await using other = commit === undefined ? undefined : await checkOut(commit);

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

for (const { file, takesTurns, hasOptions = true } of BENCHES) {
  if (interrupt.signal.aborted) break;
  const options = hasOptions ? args : [];
  if (other !== undefined && !takesTurns) {
    const readOnly = options.filter((each) => each !== '--write');
    if (existsSync(join(other.folder, file))) await bench(file, other.folder, `at ${commit}`, readOnly);
    else process.stdout.write(`\n# ${file} does not exist at ${commit}\n`);
  }
  const against = other !== undefined && takesTurns ? ['--against', other.folder] : [];
  await bench(file, ROOT, 'here', [...options, ...against]);
}

async function bench(file: string, cwd: string, where: string, given: readonly string[]): Promise<void> {
  process.stdout.write(`\n# ${file}, ${where}\n\n`);
  const child = spawn(process.execPath, [file, ...given], { cwd, stdio: 'inherit' });
  interrupt.signal.addEventListener('abort', () => child.kill(), { once: true });
  const [code] = await once(child, 'close');
  if (code !== 0) process.exitCode = 1;
}
