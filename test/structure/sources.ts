import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** What runs in production below `folders`: no tests, benches, fuzzers and what only these use. */
export function productionSources(folders: string): Source[] {
  return globSync(`${folders}/src/**/*.ts`, { cwd: ROOT })
    .filter((path) => !/\.(test|bench|fuzz)\.ts$/.test(path) && !path.includes('/testing/'))
    .sort()
    .map(readSource);
}

/** Every module of the repository. */
export function allSources(): Source[] {
  return globSync('{services,packages,test,scripts}/**/*.{ts,mjs}', {
    cwd: ROOT,
    exclude: ['**/node_modules'],
  })
    .sort()
    .map(readSource);
}

/** The files that a module imports by relative paths, from the root of the repository. */
export function importsOf({ path, text }: Source): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(([, to = '']) =>
    relative(ROOT, join(ROOT, dirname(path), to)),
  );
}

export function readSource(path: string): Source {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}
