import type { Code } from '@activescale/dashboard';
import { FINDINGS, type FindingCode } from '../../findings/codes.ts';

/** A code with its title and severity. */
export function codeOf(code: FindingCode): Code {
  return { code, ...FINDINGS[code] };
}
