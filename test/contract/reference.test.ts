import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startApi, startIngest } from '@activescale/devkit';
import { ask } from './api.ts';

// Settings and metrics in docs/reference.md must match what the services print and serve.

const root = join(import.meta.dirname, '../..');
const reference = await readFile(join(root, 'docs/reference.md'), 'utf8');

type Service = 'ingest' | 'api';

interface Setting {
  readonly name: string;
  readonly default: string;
  readonly also?: string;
  readonly help: string;
}

test('docs/reference.md lists the settings of each service as the service prints them, shared ones once', async () => {
  const ingest = await settingRows('ingest');
  const api = await settingRows('api');
  assert.ok(ingest.length > 0 && api.length > 0);
  assert.deepEqual(
    tableUnder('### Both services'),
    ingest.filter((row) => api.includes(row)),
  );
  assert.deepEqual(
    tableUnder('### ingest'),
    ingest.filter((row) => !api.includes(row)),
  );
  assert.deepEqual(
    tableUnder('### api'),
    api.filter((row) => !ingest.includes(row)),
  );
});

// Neither needs its Valkey to answer on its admin port.
const env = { VALKEY_ADDR: '127.0.0.1:1' };

test('docs/reference.md lists the metrics of ingest as ingest serves them', async () => {
  await using ingest = await startIngest(env);
  const text = await (await fetch(`http://127.0.0.1:${ingest.adminPort}/metrics`)).text();
  assert.deepEqual(metricsIn(text), metricsUnder('### Metrics of ingest'));
});

test('docs/reference.md lists the metrics of api as api serves them', async () => {
  await using api = await startApi({ ...env, STANDALONE: 'true' });
  const { body } = await ask(api.securePort, '/metrics');
  assert.deepEqual(metricsIn(body), metricsUnder('### Metrics of api'));
});

test('docs/reference.md lists the further metrics of api that serves KEDA', async () => {
  const served = async (more: Readonly<Record<string, string>>) => {
    await using api = await startApi({ ...env, STANDALONE: 'true', ...more });
    return metricsIn(await (await fetch(`http://127.0.0.1:${api.adminPort}/metrics`)).text());
  };
  const usual = await served({});
  const further = (await served({ KEDA_PORT: '0' })).filter((row) => !usual.includes(row));
  assert.deepEqual(further, metricsUnder('With `KEDA_PORT` also:'));
});

/** The service's settings as rows of the reference's table. */
async function settingRows(service: Service): Promise<string[]> {
  const main = join(root, 'services', service, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  return (JSON.parse(stdout) as Setting[]).map(({ name, default: value, also, help }) =>
    row([code(name), code(value), code(also ?? ''), help.replaceAll(/[|<]/g, '\\$&')]),
  );
}

/** Name and type of each metric except process_* and nodejs_*, as the first two cells of a row. */
function metricsIn(text: string): string[] {
  const ours = [...text.matchAll(/^# TYPE (?!process_|nodejs_)(\S+) (\S+)$/gm)];
  return ours.map(([, name = '', type = '']) => row([code(name), type])).sort();
}

function metricsUnder(heading: string): string[] {
  return tableUnder(heading)
    .map((line) => row(line.split('|').slice(1, 3)))
    .sort();
}

/** The rows of the table that follows a heading, without its header. */
function tableUnder(heading: string): string[] {
  const [, section] = reference.split(`\n${heading}\n\n`);
  assert.ok(section, `docs/reference.md has no heading "${heading}"`);
  const [table = ''] = section.split('\n\n', 1);
  return table.split('\n').slice(2);
}

function row(cells: readonly string[]): string {
  const padded = cells.map((cell) => (cell.trim() === '' ? ' ' : ` ${cell.trim()} `));
  return `|${padded.join('|')}|`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
