import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeLines, coveredLines, type ScriptCoverage } from './lines.ts';

const TEXT = `import type { Server } from 'node:net';

/** Doubles.
 * twice */
export interface Doubles {
  readonly of: Server;
}
// A comment.
function double(value: number): number {
  if (value < 0) {
    return 0;
  }
  return 2 * value;
}
function never(): void {
  double(1);
}
double(3);
export { never };
`;

test('blank lines, comments, types and closing brackets have nothing to run', () => {
  assert.deepEqual(codeLines(TEXT), [8, 9, 10, 12, 14, 15, 17, 18]);
});

test('lines of functions and branches that did not run are not covered', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'double.mts');
  writeFileSync(file, TEXT);
  execFileSync(process.execPath, [file], { env: { ...process.env, NODE_V8_COVERAGE: join(folder, 'v8') } });
  const [report = ''] = readdirSync(join(folder, 'v8'));
  const { result } = JSON.parse(readFileSync(join(folder, 'v8', report), 'utf8')) as {
    result: ScriptCoverage[];
  };
  const script = result.find(({ url }) => url.endsWith('double.mts'));
  assert.ok(script);
  const covered = coveredLines(TEXT, script);
  assert.deepEqual(
    codeLines(TEXT).filter((line) => !covered.has(line)),
    [10, 14, 15],
  );
});
