import { parseDuration } from '@activescale/runtime';
import { CONNECTION_OPTIONS } from '../options.ts';
import { parsePrometheusUrl } from '../prometheus/server-url.ts';
import { UsageError } from '../usage-error.ts';
import { readTarget, SETTING_OPTIONS } from './settings/asked-settings.ts';

const { namespace, output, kubeconfig, context } = CONNECTION_OPTIONS;

export const WHAT_IF_OPTIONS = {
  namespace,
  output,
  kubeconfig,
  context,
  collect: { type: 'string' },
  save: { type: 'string' },
  from: { type: 'string' },
  prometheus: { type: 'string' },
  for: { type: 'string' },
  query: { type: 'string', multiple: true },
  capacity: { type: 'string' },
  svg: { type: 'string' },
  ...SETTING_OPTIONS,
} as const;

/** Where the load comes from. */
export type Source =
  /** How long to query the metrics API, in ms. */
  | { readonly kind: 'collect'; readonly duration: number; readonly save: string | undefined }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'prometheus';
      readonly server: URL;
      /** How much of the past, in ms. */
      readonly span: number;
      /** PromQL for each metric; empty: the default. */
      readonly expressions: readonly string[];
      readonly save: string | undefined;
    };

interface SourceValues {
  readonly collect?: string | undefined;
  readonly save?: string | undefined;
  readonly from?: string | undefined;
  readonly prometheus?: string | undefined;
  readonly for?: string | undefined;
  readonly query?: readonly string[] | undefined;
}

const SECOND = 1_000;
const DAY = 86_400_000;
/** One sample a second stays below MAX_SAMPLES. */
const MAX_COLLECT = DAY;
const MAX_HISTORY = 31 * DAY;

/** @throws UsageError unless exactly one source is named, with its own options */
export function sourceOf({ collect, save, from, prometheus, for: span, query }: SourceValues): Source {
  const named = [collect, from, prometheus].filter((each) => each !== undefined);
  if (named.length !== 1)
    throw new UsageError('expected one source of the load: --collect, --from or --prometheus');
  if (prometheus === undefined && (span ?? query) !== undefined)
    throw new UsageError(`${span === undefined ? '--query' : '--for'} requires --prometheus`);
  if (from !== undefined) {
    if (save !== undefined) throw new UsageError('--save requires --collect or --prometheus');
    return { kind: 'file', path: from };
  }
  if (collect !== undefined)
    return { kind: 'collect', duration: time('--collect', collect, 5 * SECOND, MAX_COLLECT), save };
  return {
    kind: 'prometheus',
    server: parsePrometheusUrl(prometheus ?? ''),
    span: span === undefined ? DAY : time('--for', span, 60 * SECOND, MAX_HISTORY),
    expressions: query ?? [],
    save,
  };
}

/** In milli-units; undefined: none was given. @throws UsageError */
export function capacityOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : readTarget(text, '--capacity');
}

function time(option: string, text: string, least: number, most: number): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= least && ms <= most) return ms;
  throw new UsageError(
    `${option} ${JSON.stringify(text)}: expected a duration from ${least / SECOND}s to ${most / 3_600_000}h, such as 10m`,
  );
}
