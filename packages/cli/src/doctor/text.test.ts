import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckReport, Finding } from './finding.ts';
import { plain } from './plain.ts';
import { attempt, exitCode } from './run.ts';
import { reportText } from './text.ts';

const fault: Finding = {
  code: 'ASC201',
  subject: 'Service a',
  problem: 'it does not exist',
  fix: 'create it',
};
const warning: Finding = { ...fault, code: 'ASC303' };

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
FAIL  b ASC201: Service a: it does not exist
      fix: create it
WARN  b ASC303: Service a: it does not exist
      fix: create it
SKIP  c: no right to list pods

codes: docs/findings.md
1 failure, 1 warning, incomplete: 1 check skipped
`,
  );
  assert.match(reportText([report('a')]), /\nall checks passed\n$/);
});

test('an error in a check is its finding, and no other check fails by it', async () => {
  const run = async () => assert.fail('kube-apiserver closed the connection');
  const { findings } = await attempt('records', run);
  assert.deepEqual(
    findings.map(({ code, subject, problem }) => [code, subject, problem]),
    [['ASC100', 'records', 'kube-apiserver closed the connection']],
  );
});

test('JSON has the status of each check, and the severity and description of each finding', () => {
  const found = { subject: 'Service a', problem: 'it does not exist', fix: 'create it' };
  assert.deepEqual(plain(report('b', [warning])), {
    check: 'b',
    status: 'WARN',
    sound: 'it is there',
    findings: [{ code: 'ASC303', severity: 'warn', docs: 'docs/findings.md#asc303', ...found }],
    notChecked: undefined,
  });
  const statuses = [report('a'), report('b', [warning, fault]), report('c', [], 'no right')].map(
    (each) => (plain(each) as { status: string }).status,
  );
  assert.deepEqual(statuses, ['PASS', 'FAIL', 'SKIP']);
});

test('the exit code distinguishes a fault, a skipped check and success', () => {
  const [sound, failed, skipped] = [report('a'), report('b', [fault]), report('c', [], 'no right')];
  assert.equal(exitCode([sound]), 0);
  assert.equal(exitCode([sound, report('b', [warning])]), 0);
  assert.equal(exitCode([sound, failed, skipped]), 1);
  assert.equal(exitCode([sound, skipped]), 3);
});
