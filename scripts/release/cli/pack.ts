import { execFile } from 'node:child_process';
import { cp, glob, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ThirdParty, thirdPartyWith } from '../../licences/packages.ts';
import { licencesText } from '../../licences/text.ts';
import { ROOT, readOrigin } from '../origin.ts';
import { bundleCli, SOURCES } from './bundle.ts';

const run = promisify(execFile);
const CLI = join(ROOT, 'packages/cli');
const DASHBOARD = join(ROOT, 'packages/dashboard');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A packed CLI. */
export interface PackedCli {
  /** Absolute path of the .tgz, as `npm pack` names it. */
  readonly file: string;
  /** What is in it of others. */
  readonly thirdParty: readonly ThirdParty[];
}

/**
 * Packs the CLI as an npm package that needs no other package: `FOLDER/activescale-cli-VERSION.tgz`.
 * @param commit that the sources are of
 */
export async function packCli(folder: string, commit: string): Promise<PackedCli> {
  const content = join(folder, 'cli');
  await rm(content, { recursive: true, force: true });
  await mkdir(content, { recursive: true });
  const inputs = await bundleCli(join(content, 'lib'));
  await copyAssets(join(content, 'lib'));
  const manifest: Manifest = JSON.parse(await readFile(join(CLI, 'package.json'), 'utf8'));
  const bundled = inputs.map((path) => join(ROOT, path));
  const readAsFiles = await copyUnbundled(bundled, content);
  await writeFile(
    join(content, 'package.json'),
    `${JSON.stringify(packedManifest(manifest, readAsFiles, commit), null, 2)}\n`,
  );
  const thirdParty = thirdPartyWith([...bundled, ...readAsFiles.map(({ manifestPath }) => manifestPath)]);
  const texts = licencesText('The activescale CLI', thirdParty);
  await writeFile(join(content, 'THIRD_PARTY_LICENSES.txt'), texts);
  await cp(join(ROOT, 'LICENSE'), join(content, 'LICENSE'));
  await cp(join(CLI, 'README.md'), join(content, 'README.md'));
  const { stdout } = await run('npm', ['pack', content, '--pack-destination', folder, '--json']);
  const [{ filename }] = JSON.parse(stdout);
  return { file: join(folder, filename), thirdParty };
}

/** What sources read as files: everything beside them that is not TypeScript. */
async function copyAssets(lib: string): Promise<void> {
  for (const { folder, packedAs } of SOURCES) {
    for await (const entry of glob('**/*', { cwd: folder, exclude: ['**/testing'], withFileTypes: true })) {
      if (!entry.isFile() || /\.(ts|test\.\w+)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      await cp(path, join(lib, packedAs, path.slice(folder.length)));
    }
  }
}

interface ReadAsFiles {
  readonly name: string;
  readonly version: string;
  /** In this workspace. */
  readonly manifestPath: string;
}

/** Copies the dependencies that no source imports: the dashboard reads the files of a library of its page. */
async function copyUnbundled(bundled: readonly string[], content: string): Promise<ReadAsFiles[]> {
  const copied: ReadAsFiles[] = [];
  const dependencies = await Promise.all([CLI, DASHBOARD].map(dependenciesOf));
  for (const { name, range, folder } of dependencies.flat()) {
    const isOurs = range.startsWith('workspace:');
    if (isOurs || bundled.some((path) => path.includes(`/node_modules/${name}/`))) continue;
    const from = await realpath(join(folder, 'node_modules', name));
    await cp(from, join(content, 'node_modules', name), { recursive: true });
    const manifestPath = join(from, 'package.json');
    const { version } = JSON.parse(await readFile(manifestPath, 'utf8'));
    copied.push({ name, version, manifestPath });
  }
  return copied;
}

/** The dependencies of a package, and its folder. */
async function dependenciesOf(folder: string) {
  const { dependencies }: Manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return Object.entries(dependencies).map(([name, range]) => ({ name, range, folder }));
}

function packedManifest(
  { name, version, description, license, engines, bin }: Manifest,
  readAsFiles: readonly ReadAsFiles[],
  commit: string,
): object {
  const { repository } = readOrigin();
  const names = readAsFiles.map(({ name: included }) => included);
  return {
    name,
    version,
    description,
    license,
    homepage: repository,
    repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/cli' },
    // npm's own field for the commit; `--version` prints it.
    gitHead: commit,
    type: 'module',
    engines,
    bin: Object.fromEntries(Object.keys(bin).map((command) => [command, 'lib/main.js'])),
    ...(names.length > 0 && {
      dependencies: Object.fromEntries(
        readAsFiles.map(({ name: included, version: exact }) => [included, exact]),
      ),
      bundleDependencies: names,
    }),
  };
}
