import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RENDERED } from './rendered.ts';

// Renders the files in test/data/proxies again, after a change of a document or of a control plane's version.
for (const { what, file, render } of RENDERED) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await render());
  process.stdout.write(`${what}: ${file}\n`);
}
