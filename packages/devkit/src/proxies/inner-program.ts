import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../tools/cache.ts';
import { go } from '../tools/go.ts';
import { goModule } from '../tools/go-module.ts';
import { run } from '../tools/run.ts';

/** A program that uses internal packages of a released Go module. */
interface InnerProgram {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The text of the program. */
  readonly main: string;
  /** The texts of more files, by their paths in the module. */
  readonly files?: Readonly<Record<string, string>>;
  /** Changes of the module's go.mod: flags of `go mod edit`. */
  readonly edits?: readonly string[];
}

/**
 * The executable of a program, built once into the tool cache (5 to 7 minutes on 2 cores, seconds for another program of the same
 * module). Only a package of the same module may import an internal package, so one is added to a copy of the module: Go's module
 * cache is read-only.
 */
export async function innerProgram(program: InnerProgram): Promise<string> {
  const { name, module, version, main, files = {}, edits = [] } = program;
  const folder = await makeOnce(`${name}-${version}`, async (into) => {
    process.stderr.write(`building ${name} ${version}, once: some minutes\n`);
    const released = await goModule(module, version);
    const copy = join(into, 'module');
    await cp(released, copy, { recursive: true });
    await run('chmod', ['-R', 'u+w', copy]);
    await mkdir(join(copy, 'cmd', name), { recursive: true });
    for (const [path, text] of Object.entries({ ...files, [`cmd/${name}/main.go`]: main }))
      await writeFile(join(copy, path), text);
    const options = { cwd: copy, env: { CGO_ENABLED: '0', GOFLAGS: '' } };
    if (edits.length > 0) await run(await go(), ['mod', 'edit', ...edits], options);
    // -mod=mod lets Go write the checksums of what go.mod says now.
    const mod = edits.length > 0 ? ['-mod=mod'] : [];
    const flags = [...mod, '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
    await run(await go(), ['build', ...flags, '-o', join(into, name), `./cmd/${name}`], options);
    await rm(copy, { recursive: true });
  });
  return join(folder, name);
}

/**
 * What a control plane's code renders of a text.
 * @param controlPlane its name, for the error
 * @throws if it refuses the text
 */
export function rendered(command: string, controlPlane: string, input: string): string {
  const { status, stdout, stderr } = spawnSync(command, { input, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${controlPlane} renders nothing: ${stderr.slice(-2_000)}`);
  return stdout;
}
