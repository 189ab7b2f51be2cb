import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { go } from './go.ts';
import { run } from './run.ts';

/** The read-only folder where Go keeps the source of a released module, which it downloads the first time. */
export async function goModule(module: string, version: string): Promise<string> {
  // Outside of any module of one's own, go.mod files above this folder would have a say.
  const work = await mkdtemp(join(tmpdir(), 'go-module-'));
  try {
    await writeFile(join(work, 'go.mod'), 'module activescale.test/download\n\ngo 1.24.0\n');
    const args = ['mod', 'download', '-json', `${module}@${version}`];
    const said = await run(await go(), args, { cwd: work, env: { GOFLAGS: '' } });
    return (JSON.parse(said) as { Dir: string }).Dir;
  } finally {
    await rm(work, { recursive: true });
  }
}

/**
 * All that a released module requires and replaces, for the go.mod of a program that is built from it. Go applies the
 * replacements of the main module only (https://go.dev/ref/mod#go-mod-file-replace), so they have to be repeated.
 */
export async function upstreamRequirements(module: string, version: string): Promise<string> {
  const upstream = await readFile(join(await goModule(module, version), 'go.mod'), 'utf8');
  return `${upstream.replace(/^(module|go|toolchain|godebug) .*$/gm, '')}\nrequire ${module} ${version}`;
}
