import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { builtInCatalogue } from './catalogue.ts';
import { parseCatalogue } from './catalogue-file.ts';

test('the file in docs/signals.md is the built-in catalogue', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../docs/signals.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(metrics:\n[\s\S]*?)```/.exec(text) ?? [];
  const { catalogue, problems } = parseCatalogue(yaml);
  assert.deepEqual(problems, []);
  assert.deepEqual([...catalogue.values()], [...builtInCatalogue.values()]);
});

test('a metric has what its function needs', () => {
  const { catalogue, problems } = parseCatalogue(`
metrics:
  - { name: in.flight, signal: active_requests, function: last }
  - { name: P90, signal: request_duration_seconds, function: quantile, quantile: 0.9, window: 1m30s }
  - { name: wake, signal: demand_active_requests, function: held }
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...catalogue.values()],
    [
      { name: 'in.flight', signal: 'active_requests', function: 'last' },
      {
        name: 'P90',
        signal: 'request_duration_seconds',
        function: 'quantile',
        window: 90_000,
        quantile: 0.9,
      },
      { name: 'wake', signal: 'demand_active_requests', function: 'held' },
    ],
  );
});

test('a metric may have a target', () => {
  const of = (target: string) =>
    parseCatalogue(`metrics: [{ name: a, signal: active_requests, function: last, target: ${target} }]`);
  for (const [text, target] of [
    ['10', 10],
    ['200m', 0.2],
    ['0.5', 0.5],
    ['2k', 2000],
  ] as const)
    assert.equal(of(text).catalogue.get('a')?.target, target);
  for (const text of ['0', '-1', 'ten', '""'])
    assert.match(of(text).problems.join(), /^line 1: target: expected a quantity above 0/, text);
});

const SIGNAL_NAMES =
  'active_requests, upstream_active_requests, pending_requests, requests, request_errors, request_resets, request_duration_seconds, demand_active_requests, demand_pending_requests, demand_requests, demand_rejected_requests, demand_request_errors, demand_request_duration_seconds';

test('all problems are reported at once, each with its line', () => {
  const { problems } = parseCatalogue(`metrics:
  - name: a b
    signal: active_requests
    function: last
    window: 1m
  - name: b
    signal: memory
    function: last
  - name: c
    signal: requests
    function: mean
    windows: 1m
  - name: d
    signal: active_requests
    function: mean
    window: 5s
    quantile: 0.5
  - name: e
    signal: request_duration_seconds
    function: quantile
    quantile: 95
    window: 1m
  - signal: request_errors
    function: ratio
  - name: E
    signal: pending_requests
    function: last
  - name:
    signal: [requests]
  - just text
`);
  assert.deepEqual(problems, [
    'line 2: name: expected letters, digits, ".", "_" and "-", found "a b"',
    'line 5: window: a last value has no window',
    `line 7: signal: expected one of ${SIGNAL_NAMES}, found "memory"`,
    'line 11: function: expected rate for requests, found "mean"',
    'line 12: unknown key "windows"; expected name, signal, function, window, quantile, target',
    'line 16: window: expected a duration from 10s to 2m, found "5s"',
    'line 17: quantile: mean has none',
    'line 21: quantile: expected a number above 0 and below 1, found "95"',
    'line 23: name is missing; expected letters, digits, ".", "_" and "-"',
    'line 23: window is missing; expected a duration from 10s to 2m',
    'line 25: "E" is defined already, as "e"; names are compared without case',
    'line 28: name: expected letters, digits, ".", "_" and "-", found ""',
    `line 29: signal: expected one of ${SIGNAL_NAMES}, found ""`,
    'line 30: expected a metric, a mapping with name, signal, function, window, quantile, target',
  ]);
});

test('a text that is not such a file is reported with its line', () => {
  const problem = (text: string) => parseCatalogue(text).problems[0];
  assert.equal(problem(''), 'line 1: expected a mapping with the key metrics');
  assert.equal(problem('- a'), 'line 1: expected a mapping with the key metrics');
  assert.equal(problem('\nmetrics: []'), 'line 2: metrics: expected a list of metrics');
  assert.equal(problem('metric:\n  - a'), 'line 1: unknown key "metric"; expected metrics');
  assert.match(problem('metrics:\n  - {name: a') ?? '', /^line 2: /);
  assert.match(problem('metrics: [*a]') ?? '', /^line 1: /);
});

test('any text gives a catalogue or problems', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'metrics:',
      '  - name: a',
      '    signal: requests',
      '    function: rate',
      '    window: 1m',
    ),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const { catalogue, problems } = parseCatalogue(lines.join('\n'));
      assert.ok(problems.length > 0 || catalogue.size > 0);
      for (const problem of problems) assert.match(problem, /^line \d+: ./s);
    }),
    { numRuns: 500 },
  );
});
