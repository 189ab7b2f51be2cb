import type { Command } from '../command.ts';

/** An option as a shell completes it. */
export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  /** Its values, if they are few. */
  readonly choices: readonly string[];
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** The words that may be its first argument. */
  readonly words: readonly string[];
  /** Whether its arguments may be names of objects in the cluster. */
  readonly hasNames: boolean;
}

export function completed(commands: ReadonlyMap<string, Command>): CompletedCommand[] {
  return [...commands].map(([name, { summary, options, words = [], choices = {}, objects }]) => ({
    name,
    summary,
    words,
    hasNames: objects !== undefined,
    options: [
      ...Object.entries(options).map(([long, { type, short }]) => ({
        long,
        short,
        takesValue: type === 'string',
        choices: choices[long] ?? [],
      })),
      { long: 'help', short: 'h', takesValue: false, choices: [] },
    ],
  }));
}

/** `-o` and `--output` */
export function spellings({ long, short }: CompletedOption): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${long}`];
}

/** The words that may follow a command, other than the value of an option. */
export function wordsOf({ words, options }: CompletedCommand): string[] {
  return [...words, ...options.map(({ long }) => `--${long}`)];
}

/** A word of a POSIX shell, of zsh or of fish. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
