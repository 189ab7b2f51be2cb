import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkOut } from './lib/checkout.ts';

// All benches, one after another, so that none disturbs another. Other arguments (--write) go to each.
// With --compare each is also run for another commit, checked out for it: those that can take turns with the other
// checkout do, the others run there first and then here.
//   npm run bench [-- --write] [-- --compare COMMIT]
const ROOT = join(import.meta.dirname, '../..');
const BENCHES: readonly { readonly file: string; readonly takesTurns: boolean }[] = [
  { file: 'test/bench/ingest.ts', takesTurns: true },
  { file: 'test/bench/memory.ts', takesTurns: false },
  { file: 'packages/store/src/write/write.bench.ts', takesTurns: false },
  { file: 'test/bench/query.ts', takesTurns: true },
  { file: 'test/bench/latency.ts', takesTurns: false },
  { file: 'test/bench/scale.ts', takesTurns: false },
];

const args = process.argv.slice(2);
const at = args.indexOf('--compare');
const [, commit] = at < 0 ? [] : args.splice(at, 2);
if (at >= 0 && commit === undefined) throw new Error('--compare COMMIT is missing');
await using other = commit === undefined ? undefined : await checkOut(commit);

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

for (const { file, takesTurns } of BENCHES) {
  if (interrupt.signal.aborted) break;
  if (other !== undefined && !takesTurns) {
    if (existsSync(join(other.folder, file)))
      await bench(
        file,
        other.folder,
        `at ${commit}`,
        args.filter((each) => each !== '--write'),
      );
    else process.stdout.write(`\n# ${file} does not exist at ${commit}\n`);
  }
  await bench(
    file,
    ROOT,
    'here',
    other !== undefined && takesTurns ? [...args, '--against', other.folder] : args,
  );
}

async function bench(file: string, cwd: string, where: string, given: readonly string[]): Promise<void> {
  process.stdout.write(`\n# ${file}, ${where}\n\n`);
  const child = spawn(process.execPath, [file, ...given], { cwd, stdio: 'inherit' });
  interrupt.signal.addEventListener('abort', () => child.kill(), { once: true });
  const [code] = await once(child, 'close');
  if (code !== 0) process.exitCode = 1;
}
