import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { allSources, productionSources } from './sources.ts';

const MAX_LINES = 300;
const MAX_FILES = 15;

/** Tests that state the cases of one file; they only get shorter. */
const LONG_TESTS: Readonly<Record<string, number>> = {
  'services/ingest/src/history/history.test.ts': 385,
  'services/ingest/src/write/write-behind.test.ts': 430,
};

test(`no file has more than ${MAX_LINES} lines`, () => {
  const long = allSources()
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (LONG_TESTS[path] ?? MAX_LINES));
  assert.deepEqual(long, []);
});

test(`no folder has more than ${MAX_FILES} sources`, () => {
  const folders = Map.groupBy(productionSources('{services,packages}/*'), ({ path }) => dirname(path));
  const full = [...folders].filter(([, files]) => files.length > MAX_FILES);
  assert.deepEqual(
    full.map(([folder, files]) => `${folder}: ${files.length}`),
    [],
  );
});

/** State of a module outlives every call and is shared by all of them. */
test('modules of ingest and protocol keep no state', () => {
  const found = productionSources('{services/ingest,packages/protocol}').flatMap(({ path, text }) =>
    moduleState(text).map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(found, []);
});

test('variables, collections and scratch objects of a module are found as its state', () => {
  const text = [
    'let spare: Family[] = [];',
    'export let last = 0;',
    'const KNOWN = new Map<string, string>();',
    'const scratch = new ByteWriter();',
    'const list: string[] = [];',
    'const cell = new DataView(new ArrayBuffer(8));',
    'const MESSAGES: ReadonlySet<string> = new Set(["a"]);',
    'const NAMES = new Set(["a"]);',
    'const PATTERN = new RegExp("a");',
    'const FAULT = new Error("a");',
    '  let local = 0;',
    'const TABLE: Readonly<Record<string, number>> = {};',
    'const FILTER: NameFilter = new Uint8Array(2).fill(1);',
  ];
  assert.deepEqual(moduleState(text.join('\n')), [
    'spare',
    'last',
    'KNOWN',
    'scratch',
    'list',
    'cell',
    'NAMES',
  ]);
});

/** Names of what can change at the top level of a module. A declared type that is read-only is no state. */
function moduleState(text: string): string[] {
  const declared = /^(?:export )?(let|var|const) (\w+)(: [^=]+)? = (.*)$/gm;
  return [...text.matchAll(declared)].flatMap(([, kind, name = '', type, value = '']) => {
    if (kind !== 'const') return [name];
    const isReadonly =
      type !== undefined && !/\[\]|^: (Map|Set|Array|Record)</.test(type.replace(/readonly \w+\[\]/, ''));
    const isMutable = /^(new (?!RegExp|Error)\w+|\[\]|\{\})/.test(value);
    return isMutable && !isReadonly ? [name] : [];
  });
}
