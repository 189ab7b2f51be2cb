import { shorten } from './shorten.ts';

/**
 * What JSON does not escape, though terminals act on it: DEL and the control characters of C1, characters that change the
 * direction of text or are invisible, and line separators.
 */
const UNPRINTABLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from outside for a log line: of bounded length, and harmless to the terminal that shows it. */
export function printable(text: string): string {
  return shorten(text).replaceAll(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
