import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../tools/cache.ts';
import { isExecutable, run } from '../tools/run.ts';

/** The oldest release that `engines` of the CLI admits. */
const VERSION = '20.0.0';

/** Node as old as the packed CLI supports: from NODE_20, or downloaded once with npm. */
export async function oldestNode(): Promise<string> {
  const named = process.env.NODE_20;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`NODE_20=${named} is not an executable file`);
  }
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await makeOnce(`${name}-${VERSION}`, (into) => download(`${name}@${VERSION}`, into));
  return join(folder, 'package/bin/node');
}

async function download(name: string, into: string): Promise<void> {
  try {
    const file = await run('npm', ['pack', '--silent', '--pack-destination', into, name]);
    const archive = join(into, file.trim());
    await run('tar', ['-xf', archive, '-C', into]);
    await rm(archive);
  } catch (cause) {
    throw new Error(`Node ${VERSION} is missing: set NODE_20 to it, or make \`npm pack ${name}\` work`, {
      cause,
    });
  }
}
