// `node --test` that finds no file ends with 0: a package whose tests are not found would always pass.
import { globSync } from 'node:fs';

const suites = [
  ...globSync('{services,packages}/*/package.json'),
  'test/contract/.',
  'test/e2e/.',
  'test/e2e/truth/.',
  'test/manifests/.',
  'test/chart/.',
  'test/docs/.',
  'test/promise/.',
  'test/release/.',
  'test/structure/.',
].map((path) => path.replace(/\/[^/]+$/, ''));
const empty = suites.filter(
  (folder) => globSync(`${folder}/**/*.test.ts`, { exclude: ['**/node_modules'] }).length === 0,
);
if (suites.length < 3 || empty.length > 0) {
  process.stderr.write(`no test file in: ${empty.join(', ') || 'a workspace without packages'}\n`);
  process.exit(1);
}
