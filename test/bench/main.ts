import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// All benches, one after another, so that none disturbs another. Arguments (--write) go to each.
//   npm run bench [-- --write]
const ROOT = join(import.meta.dirname, '../..');
const BENCHES = [
  'test/bench/ingest.ts',
  'test/bench/memory.ts',
  'packages/store/src/write.bench.ts',
  'test/bench/query.ts',
  'test/bench/latency.ts',
  'test/bench/scale.ts',
];
for (const bench of BENCHES) {
  process.stdout.write(`\n# ${bench}\n\n`);
  const { status } = spawnSync(process.execPath, [bench, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
