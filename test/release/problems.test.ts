import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { releaseNotes } from '../../scripts/release/notes.ts';
import { ROOT } from '../../scripts/release/origin.ts';
import { tagProblems, treeProblems } from '../../scripts/release/problems.ts';
import { statedVersions } from '../../scripts/release/versions.ts';

const REPOSITORY = 'https://git.invalid/acme/activescale';
const ORIGIN = { repository: REPOSITORY, registry: 'images.invalid/acme' };
const TAGGED = { tag: 'v1.2.3', repository: REPOSITORY };
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"version":"1.2.3"}',
  'services/api/package.json': '{"version":"1.2.3"}',
  Dockerfile: 'ARG VERSION=1.2.3\n',
  'CHANGELOG.md': '# Changelog\n\n## 1.2.3 (2026-01-02)\n\n- New.\n\n## 1.2.2 (2026-01-01)\n\n- Old.\n',
  'overlay.yaml': '  - newName: images.invalid/acme/activescale-api\n    newTag: 1.2.3\n',
  'deploy/chart/Chart.yaml': 'version: 1.2.3\nappVersion: "1.2.3"\n',
  'README.md': 'docker build --tag images.invalid/acme/activescale-$service:1.2.3 .\n',
};

async function treeWith(t: TestContext, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tree-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries({ ...FILES, ...changes })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
  ])
    execFileSync('git', args, { cwd: folder });
  return folder;
}

test('this tree states one version', () => {
  assert.deepEqual(treeProblems(ROOT), []);
  const paths = new Set(statedVersions(ROOT).map(({ path }) => path));
  for (const path of [
    'Dockerfile',
    'CHANGELOG.md',
    'README.md',
    'docs/install.md',
    'services/api/package.json',
  ])
    assert.ok(paths.has(path), path);
  for (const overlay of ['dev', 'qa', 'staging', 'prod'])
    assert.ok(paths.has(`deploy/overlays/${overlay}/kustomization.yaml`), overlay);
});

test('each place with another version is a problem', async (t) => {
  for (const path of Object.keys(FILES).filter((each) => !/^(package\.json|CHANGELOG\.md)$/.test(each))) {
    const text = (FILES[path] ?? '').replace('1.2.3', '1.2.4');
    const problem = `${path} has version 1.2.4, package.json has 1.2.3`;
    assert.deepEqual(treeProblems(await treeWith(t, { [path]: text })), [problem]);
  }
});

test('a tag can be released if version, repository and changelog fit', async (t) => {
  assert.deepEqual(tagProblems(await treeWith(t), TAGGED, ORIGIN), []);
});

test('what a tag contradicts is a problem', async (t) => {
  const problems = async (
    { tagged = TAGGED, origin = ORIGIN }: { tagged?: typeof TAGGED; origin?: typeof ORIGIN },
    changes: Readonly<Record<string, string>> = {},
  ) => tagProblems(await treeWith(t, changes), tagged, origin);
  assert.deepEqual(await problems({ tagged: { ...TAGGED, tag: 'v1.2.4' } }), [
    'the tag is v1.2.4: expected v1.2.3, as in package.json',
  ]);
  assert.deepEqual(
    await problems({ tagged: { ...TAGGED, repository: 'https://git.invalid/fork/activescale' } }),
    [`release.json has the repository ${REPOSITORY}, the tag is in https://git.invalid/fork/activescale`],
  );
  assert.deepEqual(await problems({ origin: { ...ORIGIN, registry: 'images.example' } }), [
    'release.json has placeholders: set them with npm run origin',
  ]);
  assert.deepEqual(await problems({}, { 'CHANGELOG.md': '## 1.2.3 (not released yet)\n\n- New.\n' }), [
    'CHANGELOG.md: expected "## 1.2.3 (YYYY-MM-DD)", found "(not released yet)"',
  ]);
  assert.deepEqual(await problems({}, { 'CHANGELOG.md': '## 1.2.2 (2026-01-01)\n\n- Old.\n' }), [
    'CHANGELOG.md has no section "## 1.2.3 (DATE)"',
  ]);
});

test("a release's notes are the section of its version", () => {
  assert.deepEqual(releaseNotes(FILES['CHANGELOG.md'] ?? '', '1.2.2'), {
    released: '2026-01-01',
    text: '- Old.\n',
  });
  assert.deepEqual(releaseNotes(FILES['CHANGELOG.md'] ?? '', '1.2.3'), {
    released: '2026-01-02',
    text: '- New.\n',
  });
  assert.throws(() => releaseNotes('## 1.2.3 (2026-01-02)\n\n## 1.2.2 (2026-01-01)\n', '1.2.3'), /is empty/);
});
