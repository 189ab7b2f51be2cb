import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An npm package of others that is shipped. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** As declared: an SPDX expression, or `unknown`. */
  readonly licence: string;
  /** The files that state the licence and its notices, sorted by name. */
  readonly texts: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * What a package of the workspace needs at run time, also through others, without the packages of the workspace and
 * without optional ones. Found as Node finds them, from the installed packages.
 */
export function thirdPartyOf(folder: string): ThirdParty[] {
  const visited = new Set<string>();
  const visit = (at: string): void => {
    if (visited.has(at)) return;
    visited.add(at);
    const { dependencies, peerDependencies } = readManifest(at);
    for (const name of Object.keys({ ...peerDependencies, ...dependencies })) {
      const found = resolvePackage(name, at);
      if (found !== undefined) visit(found);
      // pnpm installs the peers that are not optional.
      else if (dependencies !== undefined && name in dependencies)
        throw new Error(`${at} needs ${name}, which is not installed`);
    }
  };
  visit(realpathSync(folder));
  return sorted([...visited].filter((each) => each.includes('/node_modules/')));
}

/** The packages that files belong to; files of the workspace itself do not count. */
export function thirdPartyWith(files: readonly string[]): ThirdParty[] {
  const folders = files.filter((file) => file.includes('/node_modules/')).map(packageFolder);
  return sorted([...new Set(folders)]);
}

function sorted(folders: readonly string[]): ThirdParty[] {
  const byIdentity = new Map(
    folders.map(readThirdParty).map((each) => [`${each.name}@${each.version}`, each]),
  );
  const compare = new Intl.Collator('en').compare;
  return [...byIdentity].sort(([one], [other]) => compare(one, other)).map(([, each]) => each);
}

function readThirdParty(folder: string): ThirdParty {
  const { name, version, license } = readManifest(folder);
  if (name === undefined || version === undefined) throw new Error(`${folder} has no name or version`);
  const declared = typeof license === 'string' ? license : license?.type;
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, licence: declared ?? 'unknown', texts };
}

/** The folder of `name` as Node resolves it for a module in `from`. */
function resolvePackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (at === dirname(at)) return undefined;
  }
}

/** The outermost folder of the package of `file`: within it there may be manifests without a name. */
function packageFolder(file: string): string {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  if (folder === undefined) throw new Error(`${file} is in no package`);
  return folder;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
