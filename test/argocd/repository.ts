import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, start } from '@activescale/devkit';
import { root } from '../manifests/overlays.ts';

const run = promisify(execFile);

export interface Repository extends AsyncDisposable {
  readonly url: string;
}

/** A git repository on loopback whose branch main holds `deploy` as it is now, committed or not. */
export async function startRepository(): Promise<Repository> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'repository-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const work = join(folder, 'activescale.git');
  await cp(join(root, 'deploy'), join(work, 'deploy'), { recursive: true });
  const git = (...args: string[]) => run('git', ['-C', work, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'deploy');
  const port = await freePort();
  const args = [
    'daemon',
    '--verbose',
    '--export-all',
    `--base-path=${folder}`,
    '--listen=127.0.0.1',
    `--port=${port}`,
  ];
  const daemon = starting.use(start({ command: 'git', args }));
  await daemon.line((line) => (line.includes('Ready to rumble') ? true : undefined), 'it listened');
  const started = starting.move();
  return {
    url: `git://127.0.0.1:${port}/activescale.git`,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
