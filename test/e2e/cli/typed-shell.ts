import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from '@activescale/devkit';
import type { CliEnv } from './run-cli.ts';

const MAIN = join(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** How each shell starts without anybody's settings, and loads the completion. */
const SHELLS = {
  bash: { args: ['--norc', '--noprofile', '-i'], load: 'source <(activescale completion bash)' },
  zsh: {
    args: ['-f', '-i'],
    load: 'autoload -Uz compinit; compinit -D -u; source <(activescale completion zsh)',
  },
  fish: { args: ['--no-config', '-i'], load: 'activescale completion fish | source' },
} as const;

export type Shell = keyof typeof SHELLS;

/** bash, and the others that are on PATH. */
export function installedShells(): Shell[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const isThere = (shell: string) =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, shell), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return (Object.keys(SHELLS) as Shell[]).filter((shell) => shell === 'bash' || isThere(shell));
}

/** A shell in a terminal. */
export interface TypedShell extends AsyncDisposable {
  /** Types a line with its tabs, and Enter. Returns the arguments that activescale got. */
  type(line: string): Promise<string>;
}

/**
 * An interactive shell, in which `activescale` writes its arguments, unless it is the completion. Python's pty is the terminal, and
 * Node has none.
 */
export async function startShell(shell: Shell, env: CliEnv): Promise<TypedShell> {
  const folder = await mkdtemp(join(tmpdir(), 'shell-'));
  const program = join(folder, 'activescale');
  const real = `exec '${process.execPath}' '${MAIN}' "$@"`;
  await writeFile(
    program,
    `#!/bin/sh\nif [ "$1" = completion ]; then ${real}; fi\nprintf 'got<%s>\\n' "$*"\n`,
  );
  await chmod(program, 0o755);
  const { args, load } = SHELLS[shell];
  const child = spawn('python3', ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', shell, ...args], {
    env: {
      ...process.env,
      ...env,
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      HOME: folder,
      TERM: 'xterm',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  let seen = 0;
  const type = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\r`);
    const next = () => [...output.matchAll(/got<(.*?)>/g)][seen]?.[1];
    const got = await until(next, { what: `${shell} to run ${JSON.stringify(line)}`, deadline: 30_000 });
    seen++;
    return got;
  };
  await type(`${load}; activescale loaded`);
  return {
    type,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}
