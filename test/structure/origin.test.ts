import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreignAddresses, trackedFiles, withOrigin } from '../../scripts/release/occurrences.ts';
import { checkOrigin, isPlaceholder, ROOT, readOrigin } from '../../scripts/release/origin.ts';

const origin = readOrigin();
const OTHER = { repository: 'https://git.invalid/other/activescale', registry: 'images.invalid/other' };

/** It has addresses of others on purpose. */
const THIS_FILE = 'test/structure/origin.test.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('every address of the repository and of the images is that of release.json', () => {
  assert.deepEqual(foreignAddresses(ROOT, origin), []);
});

for (const path of [
  'Dockerfile',
  'README.md',
  'argocd/applicationset.yaml',
  'argocd/project.yaml',
  'deploy/chart/Chart.yaml',
  'deploy/components/monitoring/rules.yaml',
  'packages/cli/README.md',
])
  test(`${path} has the address of the repository`, () => assert.ok(read(path).includes(origin.repository)));

for (const overlay of ['dev', 'qa', 'staging', 'prod'])
  test(`the overlay ${overlay} has images of the registry`, () => {
    const text = read(`deploy/overlays/${overlay}/kustomization.yaml`);
    for (const image of ['ingest', 'api'])
      assert.ok(text.includes(`newName: ${origin.registry}/activescale-${image}\n`));
  });

test('npm run origin leaves no address of the previous origin, and can be undone', () => {
  for (const path of trackedFiles(ROOT).filter((each) => each !== THIS_FILE)) {
    const text = read(path);
    const there = withOrigin(text, origin, OTHER);
    assert.ok(!there.includes(origin.repository), path);
    assert.equal(withOrigin(there, OTHER, origin), text, path);
  }
});

test('an address is replaced only as a whole', () => {
  const from = { repository: 'https://git.invalid/activescale', registry: 'images.invalid' };
  assert.equal(
    withOrigin(
      'git.invalid/activescale images.invalid.org my-images.invalid https://git.invalid/activescale-2',
      from,
      OTHER,
    ),
    'git.invalid/activescale images.invalid.org my-images.invalid https://git.invalid/activescale-2',
  );
  assert.equal(
    withOrigin(
      'https://git.invalid/activescale.git images.invalid/activescale-api:1, `images.invalid`.',
      from,
      OTHER,
    ),
    'https://git.invalid/other/activescale.git images.invalid/other/activescale-api:1, `images.invalid/other`.',
  );
});

test('an origin is an https address and a registry in lower case', () => {
  assert.throws(
    () => checkOrigin({ ...OTHER, repository: 'http://git.invalid/other/activescale' }),
    /^Error: repository/,
  );
  assert.throws(
    () => checkOrigin({ ...OTHER, repository: 'https://git.invalid/other/activescale/' }),
    /^Error: repository/,
  );
  assert.throws(
    () => checkOrigin({ ...OTHER, registry: 'images.invalid/Other' }),
    /^Error: registry "images.invalid\/Other"/,
  );
  assert.deepEqual(checkOrigin(OTHER), OTHER);
});

test('a host in example is a placeholder', () => {
  assert.equal(isPlaceholder(OTHER), false);
  assert.equal(isPlaceholder({ ...OTHER, registry: 'images.example/acme' }), true);
});
