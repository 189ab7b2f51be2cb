import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type ControlPlane, helmBinary, kubectlBinary } from '@activescale/devkit';
import { readOrigin } from '../../scripts/release/origin.ts';
import { root } from '../manifests/overlays.ts';

/** Runs the commands of a document as a reader would, in a new folder. */
export interface Shell extends AsyncDisposable {
  /** Where the commands run; `git clone` and files of the document go there. */
  readonly folder: string;
  /** Everything that a script wrote; rejects with it when the script fails. */
  run(script: string): Promise<string>;
}

/** The repository's address in the documents; git gets this working copy there. */
const REPOSITORY = `${readOrigin().repository}.git`;
const DEADLINE_MS = 120_000;

/** A shell whose kubectl speaks to the control plane as its admin. */
export async function openShell(plane: ControlPlane): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  const bin = join(folder, '.bin');
  await mkdir(bin);
  await symlink(await kubectlBinary(), join(bin, 'kubectl'));
  await symlink(await helmBinary(), join(bin, 'helm'));
  const config = join(folder, '.gitconfig');
  await writeFile(config, `[url "${root}"]\n\tinsteadOf = ${REPOSITORY}\n[safe]\n\tdirectory = *\n`);
  await chmod(config, 0o600);
  const env = {
    ...process.env,
    PATH: bin + delimiter + process.env.PATH,
    KUBECONFIG: await plane.kubeconfig(),
    HELM_CACHE_HOME: folder,
    HELM_CONFIG_HOME: folder,
    HELM_DATA_HOME: folder,
    GIT_CONFIG_GLOBAL: config,
  };
  return {
    folder,
    run: (script) =>
      new Promise((resolve, reject) => {
        const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
          timeout: DEADLINE_MS,
        });
        let said = '';
        for (const stream of [shell.stdout, shell.stderr]) {
          stream.setEncoding('utf8').on('data', (text) => {
            said += text;
          });
        }
        shell.once('error', reject).once('close', (code, signal) => {
          if (code === 0) resolve(said);
          else reject(new Error(`${script}\nended with ${code ?? signal}:\n${said.slice(-3000)}`));
        });
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
