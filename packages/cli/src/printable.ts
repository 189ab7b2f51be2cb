/** Line breaks and tabs, which would make a name look like a line or a column of the CLI's output. */
const LAYOUT = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
/**
 * Characters that control a terminal or are invisible: C0, DEL and C1 (escape sequences), formats
 * (bidirectional overrides, zero widths, tags), separators of lines and paragraphs, and halves of surrogate
 * pairs. https://www.unicode.org/reports/tr44/#General_Category_Values
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** The same for a text with several lines. */
const HIDDEN_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const REPLACEMENT = '\u{fffd}';

/** A value without characters in its strings, at any depth, that control a terminal or break a line. */
export function printable<T>(value: T): T {
  return printableOf(value) as T;
}

function printableOf(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(LAYOUT, ' ').replace(HIDDEN, REPLACEMENT);
  if (Array.isArray(value)) return value.map(printableOf);
  if (value instanceof Map) return new Map([...value].map(pairOf));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(pairOf));
  return value;
}

function pairOf([key, value]: readonly [unknown, unknown]): [PropertyKey, unknown] {
  return [printableOf(key) as PropertyKey, printableOf(value)];
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A text without characters that control a terminal, except line breaks. */
export function printableLines(text: string): string {
  return text.replace(HIDDEN_IN_LINES, REPLACEMENT);
}
