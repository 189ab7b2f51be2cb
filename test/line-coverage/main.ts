import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { productionSources, type Source } from '../structure/sources.ts';
import { codeLines, coveredLines, type ScriptCoverage } from './lines.ts';

// How many lines of each service and package the tests run, in all processes that they start. Exits with 1 where it is
// less than MIN_SHARE. devkit is not counted: it runs the tests.
//   npm run coverage [-- --from FOLDER]     FOLDER has the reports of an earlier run with NODE_V8_COVERAGE
//
// Not `node --test --experimental-test-coverage`: it counts a function as not run if one process of several did not.
const ROOT = join(import.meta.dirname, '../..');
const MIN_SHARE = 0.9;
const PACKAGES = '{services,packages}/!(devkit)';
const SUITES = [
  `${PACKAGES}/src/**/*.test.ts`,
  'test/{contract,e2e/cli}/**/*.test.ts',
  'test/e2e/pushes.test.ts',
];
/** Files with the most lines that did not run, to be printed. */
const WORST_FILES = 10;

const { values } = parseArgs({ options: { from: { type: 'string' } } });
const folder = values.from ?? mkdtempSync(join(tmpdir(), 'coverage-'));
if (values.from === undefined) {
  // A test that fails here fails in `npm test` too, which says why.
  for (const suite of SUITES) await runTests(suite, folder);
}
const files = await coverageOf(folder);
if (values.from === undefined) rmSync(folder, { recursive: true });

const packages = Map.groupBy(files, ({ path }) => path.split('/').slice(0, 2).join('/'));
for (const [name, own] of packages) {
  const share = shareOf(own);
  process.stdout.write(`${name}: ${(100 * share).toFixed(1)} % of ${sum(own, 'lines')} lines\n`);
  if (share >= MIN_SHARE) continue;
  process.exitCode = 1;
  process.stdout.write(`  less than ${100 * MIN_SHARE} %\n`);
  const worst = own.toSorted((a, b) => b.lines - b.covered - (a.lines - a.covered)).slice(0, WORST_FILES);
  for (const { path, lines, covered } of worst)
    process.stdout.write(`  ${path}: ${lines - covered} of ${lines} did not run\n`);
}

interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  readonly covered: number;
}

function shareOf(own: readonly FileCoverage[]): number {
  return sum(own, 'covered') / sum(own, 'lines');
}

function sum(own: readonly FileCoverage[], what: 'lines' | 'covered'): number {
  return own.reduce((total, file) => total + file[what], 0);
}

async function runTests(suite: string, reports: string): Promise<void> {
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=dot', suite], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, NODE_V8_COVERAGE: reports },
  });
  await once(child, 'close');
}

/** Of each production source, also of those that no process has loaded. A line is covered if one process ran it. */
async function coverageOf(reports: string): Promise<FileCoverage[]> {
  const sources = productionSources('{services,packages}/*').filter(({ path }) => !path.includes('/devkit/'));
  const byUrl = new Map<string, Source>(
    sources.map((source) => [pathToFileURL(join(ROOT, source.path)).href, source]),
  );
  const covered = new Map<string, Set<number>>();
  for (const report of readdirSync(reports)) {
    const { result } = JSON.parse(readFileSync(join(reports, report), 'utf8')) as {
      result: ScriptCoverage[];
    };
    for (const script of result) {
      const source = byUrl.get(script.url);
      if (source === undefined) continue;
      const known = covered.get(source.path);
      const lines = coveredLines(source.text, script);
      covered.set(source.path, known === undefined ? lines : known.union(lines));
    }
  }
  return sources.map(({ path, text }) => {
    const lines = codeLines(text);
    const ran = covered.get(path);
    return { path, lines: lines.length, covered: lines.filter((line) => ran?.has(line)).length };
  });
}
