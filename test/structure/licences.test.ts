import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { thirdPartyOf } from '../../scripts/licences/packages.ts';

/** Permissive licences that allow to ship a package within one under Apache-2.0. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT', 'PSF-2.0', 'Unlicense'];

for (const folder of ['services/ingest', 'services/api', 'packages/cli'])
  test(`every package that ${folder} is shipped with has a permissive licence`, () => {
    const packages = thirdPartyOf(join(import.meta.dirname, '../..', folder));
    assert.ok(packages.length > 20, `${packages.length} packages`);
    assert.deepEqual(
      packages
        .filter(({ licence }) => !ALLOWED.includes(licence))
        .map(({ name, version, licence }) => `${name} ${version}: ${licence}`),
      [],
    );
  });

test('packages of the workspace are not packages of others', () => {
  const names = thirdPartyOf(join(import.meta.dirname, '../../services/ingest')).map(({ name }) => name);
  assert.ok(names.includes('iovalkey'));
  assert.ok(!names.some((name) => name.startsWith('@activescale/')));
});
