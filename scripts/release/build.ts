// Builds what a release publishes beside the images: node scripts/release/build.ts [FOLDER]
//   FOLDER/assets       the files of the release, with their checksums
//   FOLDER/notes.md     its text
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { packChart } from './chart.ts';
import { sha256, writeChecksums } from './checksums.ts';
import { packCli } from './cli/pack.ts';
import { krewManifest } from './krew.ts';
import { releaseNotes } from './notes.ts';
import { ROOT, readOrigin } from './origin.ts';
import { spdxOf } from './sbom.ts';
import { projectVersion } from './versions.ts';

const [folder = join(ROOT, 'dist')] = process.argv.slice(2);
const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

const version = projectVersion(ROOT);
const created = new Date(Number(git('log', '-1', '--format=%ct')) * 1000);
const assets = join(folder, 'assets');
await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });

const packed = await packCli(folder, git('rev-parse', 'HEAD'));
const cli = join(assets, basename(packed.file));
await rename(packed.file, cli);

const bundled = new Set(packed.thirdParty.map(({ name, version: exact }) => `${name}@${exact}`));
for (const [name, shipped] of [['ingest'], ['api'], ['cli', bundled]] as const) {
  const document = await spdxOf({ product: `@activescale/${name}`, created, ...(shipped && { shipped }) });
  const file = join(assets, `activescale-${name}-${version}.spdx.json`);
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
}

await packChart(assets);
const plugin = { version, file: basename(cli), sha256: await sha256(cli) };
await writeFile(join(assets, 'activescale.krew.yaml'), krewManifest(readOrigin(), plugin));
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
await writeFile(join(folder, 'notes.md'), releaseNotes(changelog, version).text);
await writeChecksums(assets);
