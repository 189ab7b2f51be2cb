import { globSync } from 'node:fs';
import { cp, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '../../..');
const PARTS = [
  'packages',
  'services',
  'scripts/image',
  'test/bench',
  'test/node_modules',
  'test/package.json',
];

/**
 * A copy of this checkout in a temporary folder, whose sources have no types, as those in the image. Processes run it with
 * `--import` of its `scripts/image/load-stripped.mjs`.
 */
export async function strippedCheckout(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'stripped-checkout-'));
  for (const part of PARTS) {
    // Links between packages are relative, so those of the copy stay in it.
    await cp(join(CHECKOUT, part), join(folder.path, part), { recursive: true, verbatimSymlinks: true });
  }
  await symlink(join(CHECKOUT, 'node_modules'), join(folder.path, 'node_modules'));
  for (const path of globSync(`${folder.path}/**/*.ts`, { exclude: ['**/node_modules'] })) {
    await writeFile(path, stripTypeScriptTypes(await readFile(path, 'utf8')));
  }
  return folder;
}
