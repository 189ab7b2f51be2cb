import type { WriteReport } from '../types.ts';

/** What of a write went well and what did not, without what it replaced. */
export function outcome({ written, failed }: WriteReport): Omit<WriteReport, 'replaced'> {
  return { written, failed };
}
