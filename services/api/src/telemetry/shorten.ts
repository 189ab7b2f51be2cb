import { createHash } from 'node:crypto';

const MAX_LENGTH = 200;
const KEPT = 150;

/** A text from outside as a label or a log line shows it: a long one as its start and a digest, so that two stay apart. */
export function shorten(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${text.slice(0, KEPT)}… (${text.length} characters, sha256 ${digest})`;
}
