// Writes where the project is published into release.json, and into every file that names it:
//   npm run origin -- --repository https://github.com/OWNER/activescale --registry ghcr.io/OWNER
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trackedFiles, withOrigin } from './occurrences.ts';
import { checkOrigin, type Origin, ROOT, readOrigin } from './origin.ts';

/** @returns how many files changed */
function setOrigin(from: Origin, to: Origin): number {
  let changed = 0;
  for (const path of trackedFiles(ROOT)) {
    const file = join(ROOT, path);
    const text = readFileSync(file, 'utf8');
    const replaced = withOrigin(text, from, to);
    if (replaced === text) continue;
    writeFileSync(file, replaced);
    changed++;
  }
  return changed;
}

try {
  const from = readOrigin();
  const { values } = parseArgs({
    options: { repository: { type: 'string' }, registry: { type: 'string' } },
  });
  process.stdout.write(`${setOrigin(from, checkOrigin({ ...from, ...values }))} files changed\n`);
} catch (error) {
  process.stderr.write(`npm run origin: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
