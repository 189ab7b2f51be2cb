import { parseDuration } from '@activescale/runtime';
import { UsageError } from '../usage-error.ts';

/** All in ms. */
const MIN_SPAN = 1_000;
const MAX_LIVE = 24 * 3_600_000;
const MAX_HISTORY = 720 * 3_600_000;

/** `--for` in ms. @throws UsageError */
export function parseFor(text: string | undefined, isHistory: boolean): number {
  const longest = isHistory ? MAX_HISTORY : MAX_LIVE;
  const ms = parseDuration(text ?? (isHistory ? '6h' : '30m'));
  if (ms !== undefined && ms >= MIN_SPAN && ms <= longest) return ms;
  throw new UsageError(
    `--for ${JSON.stringify(text)}: expected a duration such as 90s, 30m or 6h, of at most ${longest / 3_600_000}h`,
  );
}

/** `30%` or `0.3`, as a ratio. @throws UsageError */
export function parseHeadroom(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const ratio = Number(digits) / (percent === '%' ? 100 : 1);
  if (ratio < 1) return ratio;
  throw new UsageError(`--headroom ${JSON.stringify(text)}: expected a share below 100%, such as 30%`);
}

/** Where the evidence comes from. */
export type Source = 'records' | 'prometheus' | 'file';

export interface SourceOptions {
  readonly for?: string | undefined;
  readonly from?: string | undefined;
  readonly prometheus?: string | undefined;
  readonly histogram?: string | undefined;
  readonly namespace?: string | undefined;
}

/** @throws UsageError for options that contradict each other */
export function sourceOf(values: SourceOptions): Source {
  const { from, prometheus, histogram, namespace } = values;
  if (from !== undefined) {
    const other = (['for', 'prometheus', 'histogram', 'namespace'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (other !== undefined) throw new UsageError(`--from and --${other} contradict each other`);
    return 'file';
  }
  if (prometheus === undefined) {
    if (histogram !== undefined) throw new UsageError('--histogram requires --prometheus');
    return 'records';
  }
  if (namespace === undefined) throw new UsageError('--prometheus: -n NAMESPACE is missing');
  return 'prometheus';
}
