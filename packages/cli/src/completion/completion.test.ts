import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from '../command.ts';
import { completed } from './completed.ts';
import { fishCompletion } from './fish.ts';
import { bashCompletion, zshCompletion } from './posix.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

const command = (more: Partial<Command>): Command => ({
  summary: "what it's for",
  usage: '',
  options: {},
  run: async () => 0,
  ...more,
});

const COMMANDS = completed(
  new Map([
    [
      'explain',
      command({
        options: { output: { type: 'string', short: 'o' }, kubeconfig: { type: 'string' } },
        choices: { output: ['human', 'json'] },
      }),
    ],
    ['what-if', command({ objects: 'hpa or workload' })],
    ['inspect', command({ words: ['pod', 'service'], options: { once: { type: 'boolean' } } })],
  ]),
);

/** The words that bash offers for the last one of a command line. */
function offered(script: string, ...line: readonly string[]): string[] {
  const ask = `COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _activescale; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-c', `${script}\n${ask}`, 'bash', 'activescale', ...line]);
  return String(text).split('\n').filter(Boolean);
}

test('bash completes commands, first arguments, options and their values', () => {
  const script = bashCompletion(COMMANDS);
  assert.deepEqual(offered(script, ''), ['explain', 'what-if', 'inspect', '--help', '--version']);
  assert.deepEqual(offered(script, 'ex'), ['explain']);
  assert.deepEqual(offered(script, 'inspect', ''), ['pod', 'service', '--once', '--help']);
  assert.deepEqual(offered(script, 'explain', 'hpa/web', '--o'), ['--output']);
  for (const option of ['-o', '--output'])
    assert.deepEqual(offered(script, 'explain', option, 'j'), ['json'], option);
});

test('bash offers the words of a command where names cannot be found, and for an option', () => {
  const script = `${bashCompletion(COMMANDS)}\nactivescale() { echo 'the cluster is away' >&2; return 1; }`;
  assert.deepEqual(offered(script, 'what-if', ''), ['--help']);
  const found = `${script}\nactivescale() { printf '%s\\n' "$*" | tr ' ' '.'; }`;
  assert.deepEqual(offered(found, 'what-if', 'hpa', ''), ['completion.names.--.what-if.hpa.']);
  assert.deepEqual(offered(found, 'what-if', '-'), ['--help']);
});

test('bash is left to complete file names for an option with any value, and knows no other command', () => {
  const script = bashCompletion(COMMANDS);
  assert.deepEqual(offered(script, 'explain', '--kubeconfig', ''), []);
  assert.deepEqual(offered(script, 'delete', ''), []);
});

test('zsh and fish get every command, option and value, with quotes escaped', () => {
  const zsh = zshCompletion(COMMANDS);
  assert.match(zsh, /^ {6}'explain:what it'\\''s for'$/m);
  assert.match(zsh, /'explain -o' \| 'explain --output'\) compadd -- 'human' 'json' ;;/);
  assert.match(zsh, /'explain --kubeconfig'\) _files ;;/);
  assert.match(zsh, /'inspect '\*\) compadd -- 'pod' 'service' '--once' '--help' ;;/);
  const fish = fishCompletion(COMMANDS);
  assert.match(fish, /__fish_use_subcommand --arguments explain --description 'what it'\\''s for'$/m);
  assert.match(fish, /explain' --short-option o --long-option output --exclusive --arguments 'human json'$/m);
  assert.match(fish, /inspect' --arguments 'pod service'$/m);
  assert.match(fish, /inspect' --long-option once$/m);
});

test('the script for bash completes every command of --help', () => {
  const activescale = (...args: readonly string[]) => String(execFileSync(process.execPath, [MAIN, ...args]));
  const script = activescale('completion', 'bash');
  const commands = [...activescale('--help').matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
  assert.deepEqual(offered(script, '').sort(), [...commands, '--help'].sort());
});
