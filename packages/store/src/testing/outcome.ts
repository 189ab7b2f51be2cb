import type { WriteReport } from '../types.ts';

/** The result of a write, without the replaced heads. */
export function outcome({ written, failed }: WriteReport): Omit<WriteReport, 'replaced'> {
  return { written, failed };
}
