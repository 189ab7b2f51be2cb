import { printable } from '../printable.ts';

/** Text inside an element. Names come from the cluster, and XML allows no control characters. */
export function escaped(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
