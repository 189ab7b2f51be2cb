import { createReader, type SettingDescription, type SettingsReader } from './reader.ts';

/** Reads the settings of one process. Pure, except for the files that it checks. */
export type DefineSettings<T> = (read: SettingsReader) => T;

/** All problems of the environment; the process cannot start. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'ERR_SETTINGS';
  /** One line each, with the variable and its value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The settings in `env`, or a SettingsError with all problems. */
export function readSettings<T>(
  env: Readonly<Record<string, string | undefined>>,
  define: DefineSettings<T>,
): T {
  const reader = createReader(env);
  const settings = define(reader);
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  return settings;
}

/** Every setting that `define` reads, in order. */
export function describeSettings(define: DefineSettings<unknown>): readonly SettingDescription[] {
  const reader = createReader({});
  define(reader);
  return reader.descriptions;
}

/** The text of every setting in effect, by name, without credentials: for the log. */
export function effectiveSettings(
  env: Readonly<Record<string, string | undefined>>,
  define: DefineSettings<unknown>,
): Readonly<Record<string, string>> {
  const reader = createReader(env);
  define(reader);
  return reader.effective;
}
