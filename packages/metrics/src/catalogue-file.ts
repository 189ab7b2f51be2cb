import { parseQuantity } from '@activescale/protocol/kubernetes';
import { parseDuration } from '@activescale/runtime';
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import type { Catalogue } from './catalogue.ts';
import { MAX_WINDOW, type Metric, type MetricFunction, MIN_WINDOW, SIGNALS, type Signal } from './metric.ts';

/** The catalogue of a file, or its problems. */
export interface ParsedCatalogue {
  readonly catalogue: Catalogue;
  /** `line 7: problem`, by line. If there are any, the catalogue must not be used. */
  readonly problems: readonly string[];
}

/** A path segment as Kubernetes accepts it, without characters that need escaping. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const KEYS = ['name', 'signal', 'function', 'window', 'quantile', 'target'];

type Node = ParsedNode | null | undefined;
type Field = { readonly key: ParsedNode; readonly value: Node };
type Note = (node: Node, why: string) => undefined;

/**
 * Parses a catalogue file (docs/signals.md describes its format). Never throws: invalid text gives problems.
 */
export function parseCatalogue(text: string): ParsedCatalogue {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems: { readonly line: number; readonly why: string }[] = [];
  const lineOf = (offset: number) => Math.max(1, lineCounter.linePos(offset).line);
  for (const { pos, message } of document.errors) problems.push({ line: lineOf(pos[0]), why: message });
  const note: Note = (node, why) => void problems.push({ line: lineOf(node?.range?.[0] ?? 0), why });
  const catalogue = new Map<string, Metric>();
  if (problems.length === 0) {
    const spelled = new Map<string, string>();
    for (const item of itemsOf(document.contents, note)) {
      const found = metricOf(item, note);
      if (found === undefined) continue;
      const { metric, name } = found;
      const before = spelled.get(metric.name.toLowerCase());
      // The HPA requests external metrics in lower case.
      if (before !== undefined)
        note(
          name,
          `${quoted(metric.name)} is defined already, as ${quoted(before)}; names are compared without case`,
        );
      spelled.set(metric.name.toLowerCase(), metric.name);
      catalogue.set(metric.name, metric);
    }
  }
  problems.sort((a, b) => a.line - b.line);
  return { catalogue, problems: problems.map(({ line, why }) => `line ${line}: ${why}`) };
}

function itemsOf(root: Node, note: Note): readonly Node[] {
  if (!isMap(root)) return note(root, 'expected a mapping with the key metrics') ?? [];
  const fields = fieldsOf(root, ['metrics'], note);
  const list = fields.get('metrics')?.value;
  if (fields.size === 0 && root.items.length > 0) return [];
  if (!isSeq(list) || list.items.length === 0)
    return note(list ?? root, 'metrics: expected a list of metrics') ?? [];
  return list.items as ParsedNode[];
}

/** The fields of a mapping by name; unknown names are noted as problems. */
function fieldsOf(map: YAMLMap, known: readonly string[], note: Note): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const { key, value } of map.items as Field[]) {
    const name = isScalar(key) ? String(key.value) : '';
    if (known.includes(name)) fields.set(name, { key, value });
    else note(key, `unknown key ${quoted(name)}; expected ${known.join(', ')}`);
  }
  return fields;
}

function metricOf(item: Node, note: Note): { metric: Metric; name: Node } | undefined {
  if (!isMap(item)) return note(item, `expected a metric, a mapping with ${KEYS.join(', ')}`);
  const fields = fieldsOf(item, KEYS, note);
  /** The value of a field if it is valid; otherwise a problem is noted. */
  const read = <T>(key: string, expected: string, parse: (text: string) => T | undefined): T | undefined => {
    const field = fields.get(key);
    if (field === undefined) return note(item, `${key} is missing; expected ${expected}`);
    const text = isScalar(field.value) && field.value.value !== null ? String(field.value.value) : undefined;
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined) return value;
    return note(field.value ?? field.key, `${key}: expected ${expected}, found ${quoted(text ?? '')}`);
  };
  const oneOf = <T extends string>(key: string, values: readonly T[], of = '') =>
    read(key, `${values.length > 1 ? 'one of ' : ''}${values.join(', ')}${of}`, (text) =>
      values.find((each) => each === text),
    );

  const name = read('name', 'letters, digits, ".", "_" and "-"', (text) =>
    NAME.test(text) ? text : undefined,
  );
  const signal = oneOf('signal', Object.keys(SIGNALS) as Signal[]);
  const kind: MetricFunction | undefined =
    signal === undefined ? undefined : oneOf('function', SIGNALS[signal].functions, ` for ${signal}`);
  const needless = (key: string, why: string) => {
    const field = fields.get(key);
    if (field !== undefined) note(field.key, `${key}: ${why}`);
  };
  let window: number | undefined;
  if (kind === 'last' || kind === 'held') needless('window', `a ${kind} value has no window`);
  else if (kind !== undefined) window = read('window', WINDOW_TEXT, parseWindow);
  let quantile: number | undefined;
  if (kind === 'quantile') quantile = read('quantile', 'a number above 0 and below 1', parseQuantile);
  else if (kind !== undefined) needless('quantile', `${kind} has none`);
  const target = fields.has('target') ? read('target', TARGET_TEXT, parseTarget) : undefined;

  if (name === undefined || signal === undefined || kind === undefined) return undefined;
  const metric: Metric = {
    name,
    signal,
    function: kind,
    ...(window !== undefined && { window }),
    ...(quantile !== undefined && { quantile }),
    ...(target !== undefined && { target }),
  };
  return { metric, name: fields.get('name')?.value };
}

/** The valid windows, for messages. */
export const WINDOW_TEXT = `a duration from ${MIN_WINDOW / 1000}s to ${MAX_WINDOW / 60_000}m`;

/** In ms; undefined if the text is not a duration, or not one that a record can answer. */
export function parseWindow(text: string): number | undefined {
  const window = parseDuration(text);
  return window !== undefined && window >= MIN_WINDOW && window <= MAX_WINDOW ? window : undefined;
}

/** The valid targets, for messages. */
export const TARGET_TEXT = 'a quantity above 0, such as 10 or 200m';

/** undefined if the text is not a quantity, or not above 0. Digits below a thousandth are rounded up. */
export function parseTarget(text: string): number | undefined {
  try {
    const target = Number(parseQuantity(text)) / 1000;
    return target > 0 ? target : undefined;
  } catch {
    return undefined; // its only error: the text is not a quantity
  }
}

function parseQuantile(text: string): number | undefined {
  const quantile = Number(text);
  return text.trim() !== '' && quantile > 0 && quantile < 1 ? quantile : undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
