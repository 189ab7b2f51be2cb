import { accessSync, constants, statSync } from 'node:fs';
import {
  type Address,
  MAX_DELAY,
  MAX_PORT,
  parseAddresses,
  parseBoolean,
  parseDuration,
  parseInteger,
  parsePort,
} from './parse.ts';

/** One setting in `--print-settings` and docs/reference.md. */
export interface SettingDescription {
  readonly name: string;
  /** As a user would write it; empty if the setting is unset by default. */
  readonly default: string;
  /** Another variable that is read instead. */
  readonly also?: string;
  readonly help: string;
}

interface Common {
  /** An older or alternative name of the setting. Both may be set, to the same value only. */
  readonly also?: string;
  /** One line for the table of settings. */
  readonly help: string;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads settings by name. A getter never throws: it notes the problem and continues with the default, so that
 * one start reports all problems. An empty value counts as unset (a template that renders nothing).
 */
export interface SettingsReader {
  string(name: string, options: Common & { readonly default: string }): string;
  /** An optional text; `unset` describes in the table what an unset value means. */
  optional(name: string, options: Common & { readonly unset?: string }): string | undefined;
  integer(name: string, options: Common & Range & { readonly default: number }): number;
  /** A port from 0, for any free one, to 65535; undefined: `off`. */
  port(name: string, options: Common & { readonly default: number | 'off' }): number | undefined;
  /** `unset` describes in the table what an unset value means, if `default` is taken from another setting. */
  boolean(name: string, options: Common & { readonly default: boolean; readonly unset?: string }): boolean;
  /** In ms. `default` is in the user's format; `min` and `max` are in ms. */
  duration(name: string, options: Common & Range & { readonly default: string }): number;
  oneOf<const T extends string>(
    name: string,
    options: Common & { readonly default: NoInfer<T>; readonly values: readonly T[] },
  ): T;
  addresses(name: string, options: Common & { readonly default: string }): readonly Address[];
  /** The path of a readable file, or `undefined` if unset. */
  file(name: string, options: Common & { readonly unset?: string }): string | undefined;
  /** Notes a problem of several settings together. */
  problem(name: string, value: string, why: string): void;
}

/** The reader over `env`, with the problems so far. */
export interface RecordingReader extends SettingsReader {
  readonly problems: readonly string[];
  readonly descriptions: readonly SettingDescription[];
  /**
   * By name: the text in effect, without credentials. Settings that are unset and have no default are absent.
   */
  readonly effective: Readonly<Record<string, string>>;
}

/** A setting that might contain a secret by mistake: secrets are read from files. */
const SECRET = /(?:PASSWORD|TOKEN|SECRET)$/;

export function createReader(env: Readonly<Record<string, string | undefined>>): RecordingReader {
  const problems: string[] = [];
  const descriptions: SettingDescription[] = [];
  const effective: Record<string, string> = {};

  const problem = (name: string, value: string, why: string): void => {
    problems.push(`${name}=${JSON.stringify(withoutCredentials(value))}: ${why}`);
  };

  /** The text and the variable that contains it, for the wording of a problem. */
  const lookUp = (
    name: string,
    options: Common,
    fallback: string,
  ): { from: string; text: string } | undefined => {
    const { also, help } = options;
    descriptions.push({ name, default: fallback, ...(also === undefined ? {} : { also }), help });
    const own = env[name] || undefined;
    const other = also === undefined ? undefined : env[also] || undefined;
    const text = own ?? other ?? fallback;
    if (text !== '') effective[name] = SECRET.test(name) ? '***' : withoutCredentials(text);
    if (own !== undefined && other !== undefined && own !== other) {
      problem(
        name,
        own,
        `${also}=${JSON.stringify(withoutCredentials(other))} has another value; set only one of them`,
      );
    }
    if (own !== undefined) return { from: name, text: own };
    if (also !== undefined && other !== undefined) return { from: also, text: other };
    return undefined;
  };

  const read = <T>(
    name: string,
    options: Common,
    fallback: { readonly text: string; readonly value: T },
    parse: (text: string) => T | undefined,
    expected: string,
  ): T => {
    const set = lookUp(name, options, fallback.text);
    if (set === undefined) return fallback.value;
    const value = parse(set.text);
    if (value !== undefined) return value;
    problem(set.from, set.text, `expected ${expected}`);
    return fallback.value;
  };

  return {
    problems,
    descriptions,
    effective,
    problem,
    string: (name, options) => lookUp(name, options, options.default)?.text ?? options.default,
    optional: (name, options) => lookUp(name, options, options.unset ?? '')?.text,
    integer: (name, options) => {
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
      return read(
        name,
        options,
        { text: String(options.default), value: options.default },
        (text) => within(parseInteger(text), min, max),
        `a whole number${rangeText(options, String)}`,
      );
    },
    port: (name, options) => {
      const text = String(options.default);
      const fallback = { text, value: required(name, parsePort(text)) };
      return read(name, options, fallback, parsePort, `off, or a whole number from 0 to ${MAX_PORT}`).port;
    },
    boolean: (name, options) =>
      read(
        name,
        options,
        { text: options.unset ?? String(options.default), value: options.default },
        parseBoolean,
        'true or false',
      ),
    duration: (name, options) => {
      const { min = 0, max = MAX_DELAY } = options;
      return read(
        name,
        options,
        { text: options.default, value: required(name, parseDuration(options.default)) },
        (text) => within(parseDuration(text), min, max),
        `a duration such as 500ms, 20s or 10m${rangeText({ min, max }, durationText)}`,
      );
    },
    oneOf: <const T extends string>(
      name: string,
      options: Common & { readonly default: NoInfer<T>; readonly values: readonly T[] },
    ): T =>
      read<T>(
        name,
        options,
        { text: options.default, value: options.default },
        (text) => options.values.find((value) => value === text),
        `one of ${options.values.join(', ')}`,
      ),
    addresses: (name, options) =>
      read(
        name,
        options,
        { text: options.default, value: required(name, parseAddresses(options.default)) },
        parseAddresses,
        'host:port, several separated by commas',
      ),
    file: (name, options) => {
      const set = lookUp(name, options, options.unset ?? '');
      if (set === undefined) return undefined;
      const why = whyUnreadable(set.text);
      if (why !== undefined) problem(set.from, set.text, why);
      return set.text;
    },
  };
}

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** An invalid default is a mistake in our code, not in the environment. */
function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new TypeError(`the default of ${name} is not valid`);
  return value;
}

function rangeText({ min, max }: Range, show: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${show(min)} to ${show(max)}`;
  if (min !== undefined) return ` of at least ${show(min)}`;
  return max === undefined ? '' : ` of at most ${show(max)}`;
}

function durationText(ms: number): string {
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000}h`;
  if (ms >= 86_400_000) return `${Math.floor(ms / 3_600_000)}h`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** `redis://user:secret@host` must not put the secret into the log. */
function withoutCredentials(value: string): string {
  // A password in a URL may contain commas, which also separate addresses.
  return value.replaceAll(/:\/\/[^/\s]*@/g, '://***@').replaceAll(/[^,\s]*@/g, '***@');
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? 'expected a file, found a directory' : undefined;
  } catch (error) {
    return `cannot read the file: ${error instanceof Error ? error.message : String(error)}`;
  }
}
