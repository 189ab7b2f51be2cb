import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** buildah with its own storage, which is removed with it. No daemon, no registry, no network. */
export interface Buildah extends AsyncDisposable {
  (...args: readonly string[]): Promise<string>;
}

/** @throws Error that says what the machine lacks */
export async function createBuildah(): Promise<Buildah> {
  if (process.getuid?.() !== 0)
    throw new Error('the image is built by root: run it as root, or in a container');
  for (const tool of ['buildah', 'unshare', 'chroot', 'ldd']) {
    await run('sh', ['-c', `command -v ${tool}`]).catch(() => {
      throw new Error(`${tool} is missing: apt-get install buildah util-linux coreutils libc-bin`);
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  // Where no overlay can be mounted vfs still works; chroot asks the kernel for nothing that a container lacks.
  const storage = [
    '--storage-driver=vfs',
    `--root=${join(folder, 'root')}`,
    `--runroot=${join(folder, 'run')}`,
  ];
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
  const buildah = async (...args: readonly string[]) => {
    const { stdout } = await run('buildah', [...storage, ...args], { env, maxBuffer: 1 << 26 });
    return stdout.trim();
  };
  const dispose = async () => {
    await buildah('umount', '--all').catch(() => {}); // there may be nothing mounted
    await rm(folder, { recursive: true, force: true });
  };
  return Object.assign(buildah, { [Symbol.asyncDispose]: dispose });
}
