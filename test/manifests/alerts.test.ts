import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { promtoolBinary } from '@activescale/devkit';
import { parse, stringify } from 'yaml';
import { alerts, ruleGroups } from './alerts.ts';
import { root } from './overlays.ts';

interface Tests {
  tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
}

const read = (path: string) => readFile(join(root, path), 'utf8');
const cases = await read('test/manifests/alerts.yaml');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alerts-'));
  await writeFile(join(folder, 'rules.yaml'), stringify({ groups: ruleGroups }));
  await writeFile(join(folder, 'tests.yaml'), `rule_files: [rules.yaml]\n${cases}`);
});
after(() => rm(folder, { recursive: true, force: true }));

async function promtool(...args: string[]): Promise<void> {
  const command = await promtoolBinary();
  await promisify(execFile)(command, args, { cwd: folder }).catch(({ stdout, stderr }) =>
    assert.fail(`promtool ${args.join(' ')}:\n${stdout}${stderr}`),
  );
}

test('Prometheus can read the rules', () =>
  promtool('check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml'));

test('each alert fires in its fault, and not without', () => promtool('test', 'rules', 'tests.yaml'));

test('each alert is tried in its fault and without', () => {
  const tried = (parse(cases) as Tests).tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of alerts) {
    const own = tried.filter(({ alertname }) => alertname === alert);
    assert.ok(
      own.some(({ exp_alerts }) => exp_alerts?.length === 1),
      `${alert} in its fault`,
    );
    assert.ok(
      own.some(({ exp_alerts }) => exp_alerts === undefined),
      `${alert} without`,
    );
  }
});

test('what the alerts look at are metrics that the services serve', async () => {
  const reference = await read('docs/reference.md');
  for (const { alert, expr } of alerts) {
    const names =
      expr.match(/\b(activescale|apiserver|metrics_apiserver|authentication|authorization)_\w+/g) ?? [];
    for (const name of names) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(reference.includes(`| \`${family}\` |`), `${alert}: ${name}`);
    }
  }
});

test('each alert has a section in docs/runbooks.md, says where it is, and no section is of another', async () => {
  const headings = [...(await read('docs/runbooks.md')).matchAll(/^## (.+)$/gm)].map(
    ([, title = '']) => title,
  );
  assert.deepEqual(
    headings,
    alerts.map(({ alert }) => alert),
  );
  for (const { alert, annotations } of alerts) {
    assert.match(annotations.runbook_url ?? '', new RegExp(`/docs/runbooks\\.md#${alert.toLowerCase()}$`));
  }
});
