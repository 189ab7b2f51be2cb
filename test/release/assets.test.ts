import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { helm, krewBinary, kubectlBinary, oldestNode, spdxValidator } from '@activescale/devkit';
import { type ThirdParty, thirdPartyOf } from '../../scripts/licences/packages.ts';
import { ROOT, readOrigin } from '../../scripts/release/origin.ts';
import { spdxOf } from '../../scripts/release/sbom.ts';

// What the release workflow publishes beside the images, built as it builds it.

const run = promisify(execFile);
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

let folder: string;
let assets: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'release-'));
  assets = join(folder, 'assets');
  await run(process.execPath, [join(ROOT, 'scripts/release/build.ts'), folder]);
});
after(() => rm(folder, { recursive: true }));

test('the checksums are of all other files of the release', async () => {
  const { stdout } = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: assets });
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    `activescale-${version}.tgz: OK`,
    `activescale-api-${version}.spdx.json: OK`,
    `activescale-cli-${version}.spdx.json: OK`,
    `activescale-cli-${version}.tgz: OK`,
    `activescale-ingest-${version}.spdx.json: OK`,
    'activescale.krew.yaml: OK',
  ]);
});

test('the packed chart has the version and the images of the release', async () => {
  const packed = join(assets, `activescale-${version}.tgz`);
  assert.match(await helm('show', 'chart', packed), new RegExp(`^version: ${version}$`, 'm'));
  const rendered = await helm('template', 'activescale', packed, '--namespace', 'activescale');
  for (const name of ['ingest', 'api'])
    assert.ok(rendered.includes(`${readOrigin().registry}/activescale-${name}:${version}`), name);
});

for (const name of ['ingest', 'api', 'cli'])
  test(`the SBOM of ${name} is valid SPDX`, async () => {
    const [command, ...args] = await spdxValidator();
    await run(command, [...args, '--infile', join(assets, `activescale-${name}-${version}.spdx.json`)]);
  });

const identity = ({ name, version: exact }: ThirdParty) => `${name}@${exact}`;

for (const name of ['ingest', 'api'])
  test(`the SBOM of ${name} has the packages whose licences the image contains`, async () => {
    const listed = await packagesIn(join(assets, `activescale-${name}-${version}.spdx.json`));
    assert.deepEqual(
      listed,
      thirdPartyOf(join(ROOT, 'services', name))
        .map(identity)
        .sort(),
    );
  });

test('the SBOM of the CLI has the packages in the bundle, and no other', async () => {
  const listed = await packagesIn(join(assets, `activescale-cli-${version}.spdx.json`));
  assert.ok(listed.some((each) => each.startsWith('@kubernetes/client-node@')));
  // The bundle has a stub for it.
  assert.ok(!listed.some((each) => each.startsWith('undici@')));
});

test('the SBOM of a commit does not depend on the time', async () => {
  const options = { product: '@activescale/ingest', created: new Date('2026-01-02T03:04:05Z') };
  const [first, second] = [await spdxOf(options), await spdxOf(options)];
  assert.deepEqual(first, second);
  assert.equal(first.creationInfo.created, '2026-01-02T03:04:05Z');
});

test("the release's text is the section of CHANGELOG.md", async () => {
  const text = await readFile(join(folder, 'notes.md'), 'utf8');
  const changelog = await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8');
  assert.ok(changelog.includes(text));
  assert.doesNotMatch(text, /^## /m);
});

test('krew installs the plugin, and kubectl runs it', async () => {
  const root = join(folder, 'krew');
  const env = {
    ...process.env,
    KREW_ROOT: root,
    PATH: [
      join(root, 'bin'),
      dirname(await oldestNode()),
      dirname(await kubectlBinary()),
      '/usr/bin',
      '/bin',
    ].join(':'),
  };
  const manifest = join(assets, 'activescale.krew.yaml');
  const archive = join(assets, `activescale-cli-${version}.tgz`);
  await run(await krewBinary(), ['install', `--manifest=${manifest}`, `--archive=${archive}`], { env });
  const { stdout } = await run('kubectl', ['activescale', '--version'], { env });
  assert.match(stdout, new RegExp(`^activescale ${version} \\(commit [0-9a-f]{40}, Node v20\\.`));
});

/** The packages of others in an SBOM, as `NAME@VERSION`. */
async function packagesIn(file: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(file, 'utf8'));
  return packages
    .map((each: { name: string; versionInfo: string }) => `${each.name}@${each.versionInfo}`)
    .filter((each: string) => !each.startsWith('@activescale/'))
    .sort();
}
