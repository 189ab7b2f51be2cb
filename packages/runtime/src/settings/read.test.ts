import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeSettings, effectiveSettings, readSettings, SettingsError } from './read.ts';
import type { SettingsReader } from './reader.ts';

const help = 'For the test.';

function problemsOf(
  env: Record<string, string>,
  define: (read: SettingsReader) => unknown,
): readonly string[] {
  try {
    readSettings(env, define);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
  return [];
}

test('a setting that is absent or empty has its default', () => {
  const define = (read: SettingsReader) => [
    read.string('A', { default: 'a', help }),
    read.integer('B', { default: 2, help }),
    read.duration('C', { default: '3s', help }),
    read.optional('D', { help }),
  ];
  assert.deepEqual(readSettings({}, define), ['a', 2, 3_000, undefined]);
  assert.deepEqual(readSettings({ A: '', B: '', C: '', D: '' }, define), ['a', 2, 3_000, undefined]);
});

test('every problem is reported at once, with the variable and the value', () => {
  const problems = problemsOf(
    { PORT: '70000', AGE: 'soon', MODE: 'fast', ON: 'maybe', AT: 'nowhere' },
    (read) => {
      read.integer('PORT', { default: 1, min: 0, max: 65_535, help });
      read.duration('AGE', { default: '10m', min: 1_000, help });
      read.oneOf('MODE', { default: 'off', values: ['off', 'address'], help });
      read.boolean('ON', { default: false, help });
      read.addresses('AT', { default: 'valkey:6379', help });
    },
  );
  assert.deepEqual(problems, [
    'PORT="70000": expected a whole number from 0 to 65535',
    'AGE="soon": expected a duration such as 500ms, 20s or 10m from 1s to 596h',
    'MODE="fast": expected one of off, address',
    'ON="maybe": expected true or false',
    'AT="nowhere": expected host:port, several separated by commas',
  ]);
});

test('a port may be off', () => {
  const define = (read: SettingsReader) => [
    read.port('A', { default: 'off', help }),
    read.port('B', { default: 4318, help }),
  ];
  assert.deepEqual(readSettings({}, define), [undefined, 4318]);
  assert.deepEqual(readSettings({ A: '0', B: 'off' }, define), [0, undefined]);
  assert.deepEqual(problemsOf({ A: '65536', B: 'on' }, define), [
    'A="65536": expected off, or a whole number from 0 to 65535',
    'B="on": expected off, or a whole number from 0 to 65535',
  ]);
});

test('an older name is read too', () => {
  const define = (read: SettingsReader) => read.string('NEW', { default: 'n', also: 'OLD', help });
  assert.equal(readSettings({ OLD: 'x' }, define), 'x');
  assert.equal(readSettings({ OLD: 'x', NEW: 'x' }, define), 'x');
  assert.equal(readSettings({ OLD: '', NEW: 'y' }, define), 'y');
});

test('both names with different values are a problem', () => {
  const problems = problemsOf({ OLD: 'x', NEW: 'y' }, (read) =>
    read.string('NEW', { default: 'n', also: 'OLD', help }),
  );
  assert.deepEqual(problems, ['NEW="y": OLD="x" has another value; set only one of them']);
});

test('a problem with the older name names the older name', () => {
  const problems = problemsOf({ OLD: 'x' }, (read) => read.integer('NEW', { default: 1, also: 'OLD', help }));
  assert.deepEqual(problems, ['OLD="x": expected a whole number']);
});

test('a file must be readable', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'password');
  writeFileSync(path, 'secret');
  const define = (read: SettingsReader) => read.file('FILE', { help });
  assert.equal(readSettings({ FILE: path }, define), path);
  assert.match(
    problemsOf({ FILE: `${path}2` }, define)[0] ?? '',
    /^FILE=".*password2": cannot read the file: ENOENT/,
  );
  assert.match(problemsOf({ FILE: folder }, define)[0] ?? '', /found a directory$/);
});

test('credentials in a value are not repeated', () => {
  const [problem = ''] = problemsOf({ AT: 'a:1,redis://me:secret@b:2' }, (read) =>
    read.addresses('AT', { default: 'valkey:6379', help }),
  );
  assert.match(problem, /^AT="a:1,\*\*\*@b:2"/);
});

test('a description has name, default, other name and help, in the order of reading', () => {
  const described = describeSettings((read) => {
    read.duration('AGE', { default: '10m', help: 'Longest age.' });
    read.string('NEW', { default: 'n', also: 'OLD', help });
    read.optional('HOST', { unset: 'all addresses', help });
  });
  assert.deepEqual(described, [
    { name: 'AGE', default: '10m', help: 'Longest age.' },
    { name: 'NEW', default: 'n', also: 'OLD', help },
    { name: 'HOST', default: 'all addresses', help },
  ]);
});

test('a default that is itself not valid is a mistake of the program', () => {
  assert.throws(() => readSettings({}, (read) => read.duration('AGE', { default: 'soon', help })), TypeError);
});

test('the settings in effect are given as they are set or by default, without what is absent', () => {
  const effective = effectiveSettings({ A: 'x', OLD: '5s', D: '' }, (read) => {
    read.string('A', { default: 'a', help });
    read.duration('NEW', { default: '3s', also: 'OLD', help });
    read.integer('C', { default: 2, help });
    read.optional('D', { help });
    read.optional('E', { unset: 'all addresses', help });
  });
  assert.deepEqual(effective, { A: 'x', NEW: '5s', C: '2', E: 'all addresses' });
});

test('the settings in effect hold no password', () => {
  const env = {
    URL: 'https://user:hunter2,hunter2@example.com/x',
    LIST: 'a:hunter2@h:1,h:2',
    API_TOKEN: 'hunter2',
  };
  const effective = effectiveSettings(env, (read) => {
    for (const name of Object.keys(env)) read.string(name, { default: '', help });
  });
  assert.deepEqual(effective, { URL: '***@example.com/x', LIST: '***@h:1,h:2', API_TOKEN: '***' });
});
