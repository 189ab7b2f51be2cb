import type { Build } from './build.ts';
import { type DefineSettings, describeSettings } from './settings/read.ts';

export interface Informative {
  readonly name: string;
  readonly settings?: DefineSettings<unknown>;
  readonly build?: Build;
}

/** Output of a process that only prints information. */
export interface Information {
  readonly text: string;
  /** Other than 0: an error. */
  readonly exitCode: number;
}

/** @returns undefined: the arguments ask for no information, the process starts */
export function informationFor(
  args: readonly string[],
  { name, settings, build }: Informative,
): Information | undefined {
  const texts: Readonly<Record<string, () => string>> = {
    '--help': () => helpText(name, settings),
    '--version': () => versionText(name, build),
    '--print-settings': () =>
      JSON.stringify(settings === undefined ? [] : describeSettings(settings), null, 2),
  };
  for (const arg of args) {
    const text = texts[arg];
    if (text !== undefined) return { text: `${text()}\n`, exitCode: 0 };
    if (arg.startsWith('-')) {
      const known = Object.keys(texts).join(', ');
      return {
        text: `${name}: unknown option ${JSON.stringify(arg)}; the options are ${known}\n`,
        exitCode: 2,
      };
    }
  }
  return undefined;
}

function versionText(name: string, build: Build | undefined): string {
  if (build === undefined) return name;
  return `activescale-${name} ${build.version} (commit ${build.commit}, Node ${build.node})`;
}

function helpText(name: string, settings: DefineSettings<unknown> | undefined): string {
  const described = settings === undefined ? [] : describeSettings(settings);
  const rows = described.flatMap(({ name: variable, default: value, also, help }) => [
    `  ${variable}${value === '' ? '' : ` (${value})`}`,
    `      ${help}${also === undefined ? '' : ` Also read as ${also}.`}`,
  ]);
  return [
    `activescale-${name} is configured by environment variables.`,
    '',
    'Options:',
    '  --help            print this text',
    '  --version         print version, commit and version of Node',
    '  --print-settings  print the settings as JSON',
    '',
    'Settings, with their defaults:',
    ...rows,
  ].join('\n');
}
