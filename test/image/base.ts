import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Buildah } from './buildah.ts';

const run = promisify(execFile);

/** What the Dockerfile's steps call, beside node and npm. */
const PROGRAMS = ['sh', 'env', 'rm'];

/** Parts of the C library that every Debian has beside it, and pnpm's own program links to. */
const C_LIBRARY = ['librt.so.1', 'libpthread.so.0', 'libdl.so.2', 'libm.so.6', 'libresolv.so.2'];

/**
 * Stands for the image of Node where no registry can be reached: an empty root with node, npm, the three programs that
 * the Dockerfile's steps call, and the libraries that these link to. What else a step would need is not there.
 */
export async function createBase(buildah: Buildah): Promise<string> {
  const container = await buildah('from', 'scratch');
  const root = await buildah('mount', container);
  for (const program of PROGRAMS) await copyProgram(await which(program), root, join('/usr/bin', program));
  await symlink('usr/bin', join(root, 'bin'));
  await copyProgram(process.execPath, root, '/usr/local/bin/node');
  const { stdout } = await run('ldd', [process.execPath]);
  const [libc = ''] = stdout.match(/\/\S+\/libc\.so\.6/) ?? [];
  for (const library of C_LIBRARY) await copyInto(root, join(dirname(libc), library));
  await copyNpm(root);
  await mkdir(join(root, 'tmp'), { mode: 0o1777 });
  await mkdir(join(root, 'proc'));
  await mkdir(join(root, 'root'));
  // Where a proxy stands before the package registry, its authority has to be known inside too.
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  if (authorities) {
    await copyInto(root, authorities);
    await buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${authorities}`, container);
  }
  await buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container);
  await buildah('umount', container);
  await buildah('commit', '--rm', container, 'localhost/node');
  return 'localhost/node';
}

async function which(program: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `command -v ${program}`]);
  return stdout.trim();
}

async function copyProgram(path: string, root: string, to: string): Promise<void> {
  await mkdir(dirname(join(root, to)), { recursive: true });
  await copyFile(await realpath(path), join(root, to));
  const { stdout } = await run('ldd', [path]);
  for (const [library] of stdout.matchAll(/\/\S+/g)) await copyInto(root, library);
}

async function copyInto(root: string, path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await copyFile(await realpath(path), join(root, path));
}

/** npm as a Node image has it, from this machine's. */
async function copyNpm(root: string): Promise<void> {
  const cli = await realpath(await which('npx')); // .../npm/bin/npx-cli.js
  const folder = join(root, 'usr/local/lib/node_modules/npm');
  await cp(join(dirname(cli), '..'), folder, { recursive: true, dereference: true });
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
  }
}
