import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliEnv, runCli } from './run-cli.ts';

const ARTIFACTS = join(import.meta.dirname, '../../../artifacts/captures');
/** A phone, the traditional terminal, and a wide one. */
export const WIDTHS = [44, 80, 160] as const;

const WORD = /[\p{L}_][\p{L}\p{N}_.:{}/=-]*/gu;
const TIME = /\S+T\S+Z/g;

/** The words that name something. Figures and times change between two runs; blocks omit the headings of empty cells. */
function wordsOf(text: string): Set<string> {
  const words = text.replace(TIME, '').match(WORD) ?? [];
  return new Set(words.filter((word) => word !== word.toUpperCase()));
}

/** Writes one capture among the artifacts of the tests. */
export async function keepCapture(name: string, width: number, text: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  await writeFile(join(ARTIFACTS, `${name}-${width}.txt`), text);
}

export function assertFits(text: string, width: number): void {
  for (const line of text.split('\n'))
    assert.ok(line.length <= width, `${line.length} > ${width} columns: ${line}`);
}

/**
 * Runs a command on terminals of each width, and keeps what they show as artifacts. No line is longer than the terminal,
 * and each word of the unlimited output is there.
 */
export async function capture(name: string, args: readonly string[], env: CliEnv): Promise<void> {
  const { stdout: unlimited } = await runCli(args, env);
  const words = wordsOf(unlimited);
  assert.ok(words.size > 0, unlimited);
  for (const width of WIDTHS) {
    const { stdout } = await runCli(args, { ...env, COLUMNS: String(width) });
    await keepCapture(name, width, stdout);
    assertFits(stdout, width);
    const shown = wordsOf(stdout);
    assert.deepEqual(
      [...words].filter((word) => !shown.has(word)),
      [],
      `cut at ${width} columns:\n${stdout}`,
    );
  }
}
