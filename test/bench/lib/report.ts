import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** What figures depend on: commit, machine, Node. One line. */
export function conditions(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const dirty =
    git('status', '--porcelain', '--', 'services', 'packages') === '' ? '' : ' with local changes';
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Commit ${git('rev-parse', '--short', 'HEAD')}${dirty}, ${cpus().length} × ${cpu?.model ?? '?'}, ${memory}, Node ${process.versions.node}.`;
}

/**
 * Prints the report of one bench; with `--write` on the command line also puts it into `document`, between the
 * markers `<!-- NAME -->` and `<!-- /NAME -->`.
 */
export function publish(name: string, text: string, document = 'docs/benchmarks.md'): void {
  process.stdout.write(`${text}\n`);
  if (!process.argv.includes('--write')) return;
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const path = join(ROOT, document);
  const before = readFileSync(path, 'utf8');
  const start = before.indexOf(open);
  const end = before.indexOf(close);
  if (start < 0 || end < start) throw new Error(`${document} has no ${open} ... ${close}`);
  writeFileSync(path, `${before.slice(0, start)}${open}\n${text}\n${before.slice(end)}`);
}
