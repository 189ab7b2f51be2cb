import { MAX_BUCKETS } from '@activescale/protocol/record';
import type { Cell } from './cells.ts';
import { NO_EVIDENCE, type PodEvidence } from './evidence.ts';

/** What `--save` writes: the evidence of a workload's pods. */
export interface SavedEvidence {
  readonly workload: string;
  readonly namespace: string;
  readonly pods: ReadonlyMap<string, PodEvidence>;
}

const FORMAT = 'activescale recommend 1';
/** A thousand pods need less. */
export const MAX_SAVED_BYTES = 64 * 1024 * 1024;
const MAX_PODS = 10_000;
const MAX_CELLS = 1_000;

export function encodeSaved({ workload, namespace, pods }: SavedEvidence): string {
  const encoded = [...pods].map(([name, { cells, unused }]) => ({ name, unused, cells: [...cells] }));
  return `${JSON.stringify({ format: FORMAT, workload, namespace, pods: encoded })}\n`;
}

/** @throws Error that names what is wrong */
export function decodeSaved(text: string): SavedEvidence {
  const { format, workload, namespace, pods } = fields(parse(text), 'the file');
  if (format !== FORMAT)
    throw new Error(`format ${JSON.stringify(format)}: expected ${JSON.stringify(FORMAT)}`);
  const decoded = list(pods, MAX_PODS, 'pods').map((entry, i) => {
    const where = `pods[${i}]`;
    const { name, unused, cells } = fields(entry, where);
    const pairs = list(cells, MAX_CELLS, `${where}.cells`).map((pair, j) =>
      pairOf(pair, `${where}.cells[${j}]`),
    );
    const evidence = { ...NO_EVIDENCE, unused: number(unused, `${where}.unused`), cells: new Map(pairs) };
    return [string(name, `${where}.name`), evidence] as const;
  });
  return {
    workload: string(workload, 'workload'),
    namespace: string(namespace, 'namespace'),
    pods: new Map(decoded),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
}

function pairOf(pair: unknown, where: string): readonly [number, Cell] {
  const [index, value] = list(pair, 2, where);
  if (!Number.isSafeInteger(index)) throw new Error(`${where}: expected an index and a cell`);
  const { buckets, ...numbers } = fields(value, where);
  const of = (name: keyof Cell) => number(numbers[name], `${where}.${name}`);
  const cell = {
    time: of('time'),
    area: of('area'),
    timed: of('timed'),
    durations: of('durations'),
    completed: of('completed'),
    errors: of('errors'),
    buckets: list(buckets, MAX_BUCKETS, `${where}.buckets`).map((row, i) =>
      rowOf(row, `${where}.buckets[${i}]`),
    ),
  };
  if (cell.time === 0) throw new Error(`${where}.time: expected a number above 0`);
  return [index as number, cell];
}

function rowOf(row: unknown, where: string): Cell['buckets'][number] {
  const parsed = fields(row, where);
  const bounds = list(parsed.bounds, MAX_BUCKETS, `${where}.bounds`).map((each) =>
    number(each, `${where}.bounds`),
  );
  const counts = list(parsed.counts, MAX_BUCKETS + 1, `${where}.counts`).map((each) =>
    number(each, `${where}.counts`),
  );
  const isAscending = bounds.every((bound, i) => bound > (bounds[i - 1] ?? 0));
  if (!isAscending || counts.length !== bounds.length + 1)
    throw new Error(`${where}: expected ascending bounds, and one count more than bounds`);
  return { bounds, counts };
}

function fields(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${where}: expected an object`);
}

function list(value: unknown, most: number, where: string): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw new Error(`${where}: expected a list of at most ${most}`);
}

function string(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= 1_000) return value;
  throw new Error(`${where}: expected a text`);
}

function number(value: unknown, where: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`${where}: expected a number of at least 0`);
}
