import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Files of uPlot that the page imports, by their names on the page. */
const UPLOT = { 'uplot.js': 'uPlot.esm.js', 'uplot.css': 'uPlot.min.css' };

/** The files of the page by their path, `/` being index.html. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const require = createRequire(import.meta.url);
  const page = new URL('../page/', import.meta.url);
  const own = readdirSync(page).map((name) => [name, new URL(name, page)] as const);
  const uplot = Object.entries(UPLOT).map(
    ([name, file]) => [name, pathToFileURL(require.resolve(`uplot/dist/${file}`))] as const,
  );
  const assets = new Map<string, Asset>();
  for (const [name, file] of [...own, ...uplot]) {
    const type = TYPES[extname(name)];
    if (type === undefined || name.endsWith('.d.ts')) continue;
    const body = readFileSync(file);
    assets.set(name === 'index.html' ? '/' : `/${name}`, { type, body });
  }
  return assets;
}
