import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');
/** Sources that read files beside them, and the folder beside main.js where the package has these files. */
export const SOURCES: readonly { readonly folder: string; readonly packedAs: string }[] = [
  { folder: join(ROOT, 'packages/cli/src'), packedAs: '.' },
  { folder: join(ROOT, 'packages/dashboard/src'), packedAs: 'dashboard' },
];

/**
 * The CLI and all that it imports, as JavaScript for Node 20. Every chunk is in `folder` itself, where main.js is.
 * @returns the inputs, by paths relative to the root of the repository
 * @throws Error of esbuild
 */
export async function bundleCli(folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'packages/cli/src/main.ts')],
    outdir: folder,
    bundle: true,
    // A command loads only the chunks that it needs.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    inject: [join(import.meta.dirname, 'node-20.ts')],
    // CommonJS dependencies require modules of Node.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    plugins: [clientNode, sourceLocations],
    // The texts of licences are in a file of the package.
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  return includedInputs(metafile);
}

/** The inputs of which the bundle has at least a byte. */
function includedInputs({ outputs }: Metafile): string[] {
  const included = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const paths = included.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return [...new Set(paths)].sort();
}

/** Drops the modules of client-node that nothing imports a name from: 15 MB of generated clients. */
const clientNode: Plugin = {
  name: 'client-node',
  setup({ onResolve, resolve }) {
    const isClientNode = (path: string) => path.includes(join(sep, '@kubernetes', 'client-node', sep));
    const unusedUndici = join(import.meta.dirname, 'unused-undici.ts');
    onResolve({ filter: /^undici$/ }, () => ({ path: unusedUndici }));
    onResolve({ filter: /^\.|^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...context }) => {
      if (pluginData === clientNode.name) return undefined;
      if (path.startsWith('.') && !isClientNode(context.importer)) return undefined;
      const { kind, importer, resolveDir } = context;
      const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: clientNode.name });
      return { ...resolved, sideEffects: false };
    });
  },
};

/** Lets a source find the files beside it, which the package has at the same place beside main.js. */
const sourceLocations: Plugin = {
  name: 'source-locations',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = SOURCES.find(({ folder }) => path.startsWith(folder + sep));
      if (source === undefined) return undefined;
      const text = await readFile(path, 'utf8');
      const place = join(source.packedAs, relative(source.folder, path)).split(sep).join('/');
      const contents = text.replaceAll(/\bimport\.meta\.(\w+)/g, (found, name) => {
        if (name === 'url') return `new URL(${JSON.stringify(`./${place}`)}, import.meta.url).href`;
        if (name === 'resolve') return found;
        throw new Error(`${path}: ${found} has no value in the bundle: use import.meta.url`);
      });
      return { contents, loader: 'ts' };
    });
  },
};
