import { createReader, type SettingDescription, type SettingsReader } from './reader.ts';

/** Takes the settings of one process from a reader. Pure but for the files that it looks at. */
export type DefineSettings<T> = (read: SettingsReader) => T;

/** All that is wrong with the environment; the process cannot start. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'ERR_SETTINGS';
  /** One line each, naming the variable and its value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The settings that `env` gives, or a SettingsError with every problem at once. */
export function readSettings<T>(
  env: Readonly<Record<string, string | undefined>>,
  define: DefineSettings<T>,
): T {
  const reader = createReader(env);
  const settings = define(reader);
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  return settings;
}

/** Every setting that `define` reads, in its order. */
export function describeSettings(define: DefineSettings<unknown>): readonly SettingDescription[] {
  const reader = createReader({});
  define(reader);
  return reader.descriptions;
}

/** The text of every setting that is in effect, by name, without credentials: for the log. */
export function effectiveSettings(
  env: Readonly<Record<string, string | undefined>>,
  define: DefineSettings<unknown>,
): Readonly<Record<string, string>> {
  const reader = createReader(env);
  define(reader);
  return reader.effective;
}
