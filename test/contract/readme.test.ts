import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VERSIONS } from '@activescale/devkit';
import { ISTIO_VERSIONS } from '../promise/envoy/names.ts';

// What README claims must follow from the tests and the measurements.

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(root, path), 'utf8');
const readme = await read('README.md');
const benchmarks = await read('docs/benchmarks.md');

test('README has fewer than 200 lines', () => {
  assert.ok(readme.trimEnd().split('\n').length < 200);
});

test('the compatibility table names exactly the versions that the tests run', () => {
  const [, table = ''] = readme.split('## Compatibility');
  const rows = new Map(
    [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)].map(([, name = '', tested = '']) => [
      name.split(/,| \(/, 1)[0],
      tested.match(/\d+\.\d+\.\d+/g)?.join(' '),
    ]),
  );
  const istio = [...ISTIO_VERSIONS.filter((version) => version !== ''), VERSIONS.istioApi];
  assert.equal(rows.get('Kubernetes'), `${VERSIONS.kubernetes} ${VERSIONS.newestKubernetes}`);
  assert.equal(rows.get('Envoy'), VERSIONS.envoy);
  assert.equal(rows.get('Istio'), istio.join(' '));
  assert.equal(rows.get('Envoy Gateway'), VERSIONS.envoyGateway);
  assert.equal(rows.get('Valkey'), VERSIONS.valkey);
  assert.equal(
    rows.get('cert-manager'),
    [
      VERSIONS.certManager,
      VERSIONS.argoCd,
      VERSIONS.helm,
      VERSIONS.prometheus,
      VERSIONS.keda,
      VERSIONS.prometheusAdapter,
    ].join(' '),
  );
});

test('the figures in README are those of the last measurements', async () => {
  const [, , , , p50, , p99] = row(benchmarks, "from a request's start to the answer");
  near(/it takes (\S+) s/, Number(p50) / 1000);
  near(/(\S+) s at p99/, Number(p99) / 1000);
  near(/activescale takes (\S+) s/, Number(row(benchmarks, 'from sending a flush to the answer')[3]) / 1000);
  near(/ingest uses (\S+) µs/, Number(row(benchmarks, '13 KB, 4000 streams')[2]));
  const [, queryCpu, listCpu] =
    /A query takes (\S+) ms of api's CPU, .+ of the (\S+) ms that a LIST takes/.exec(benchmarks) ?? [];
  near(/takes (\S+) % of the CPU of a LIST/, (Number(queryCpu) / Number(listCpu)) * 100);
  const faults = rowsBetween(await read('docs/reliability.md'), 'faults');
  near(/Of (\S+) million values/, faults.slice(1).reduce((sum, cells) => sum + Number(cells[4]), 0) / 1e6);
  near(/networks failed in (\S+) ways/, faults.length - 1);
  assert.ok(
    faults.every((cells) => cells[5] === '0'),
    'no answer was wrong',
  );
});

/** The figure that a pattern finds in README differs from a measured one by at most 15 %. */
function near(pattern: RegExp, measured: number): void {
  const [, shown] = pattern.exec(readme.replaceAll(/\s+/g, ' ')) ?? [];
  const error = Math.abs(Number(shown) / measured - 1);
  assert.ok(error <= 0.15, `README: ${pattern} is ${shown}, measured ${measured}`);
}

/** The cells of a table's row, counted from 1. */
function row(text: string, start: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`| ${start}`));
  assert.ok(line, `no row "${start}"`);
  return line.split('|').map((cell) => cell.trim());
}

/** The rows with figures between two marks of a document. */
function rowsBetween(text: string, mark: string): string[][] {
  const [, part = ''] = text.split(`<!-- ${mark} -->`);
  const [table = ''] = part.split(`<!-- /${mark} -->`);
  return table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^\d+$/.test(cells[2] ?? ''));
}
