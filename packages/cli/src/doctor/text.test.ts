import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckReport, Finding } from './finding.ts';
import { exitCode } from './run.ts';
import { reportText } from './text.ts';

const fault: Finding = { subject: 'Service a', problem: 'it does not exist', fix: 'create it' };
const warning: Finding = { ...fault, level: 'warn' };

const report = (check: string, findings: readonly Finding[] = [], notChecked?: string): CheckReport => ({
  check,
  sound: 'it is there',
  findings,
  notChecked,
});

test('a report says PASS, FAIL with the remedy, WARN and SKIP, and counts them at the end', () => {
  const reports = [report('a'), report('b', [fault, warning]), report('c', [], 'no right to list pods')];
  assert.equal(
    reportText(reports),
    `PASS  a: it is there
FAIL  b: Service a: it does not exist
      fix: create it
WARN  b: Service a: it does not exist
      fix: create it
SKIP  c: no right to list pods

1 failure, 1 warning, incomplete: 1 check skipped
`,
  );
  assert.match(reportText([report('a')]), /\nall checks passed\n$/);
});

test('the exit code tells a fault from a check that was skipped, and both from success', () => {
  const [sound, failed, skipped] = [report('a'), report('b', [fault]), report('c', [], 'no right')];
  assert.equal(exitCode([sound]), 0);
  assert.equal(exitCode([sound, report('b', [warning])]), 0);
  assert.equal(exitCode([sound, failed, skipped]), 1);
  assert.equal(exitCode([sound, skipped]), 3);
});
