import { badRequest } from '@activescale/protocol/kubernetes';
import { MAX_RECORDS, MAX_SUBJECTS, parseContinue } from '@activescale/protocol/records-api';
import { StatusError } from '../http/status-error.ts';

/** Which records of a namespace are listed. */
export interface RecordQuery {
  /** Records in the answer, at most. */
  readonly limit: number;
  /** Only those after it; '': all. */
  readonly after: string;
  /** Only those about one of these; undefined: all. */
  readonly subjects: ReadonlySet<string> | undefined;
}

/** Records have no labels or fields to select by. An ignored selector would return more than was requested. */
const REFUSED = ['labelSelector', 'fieldSelector'];

/**
 * Parses `limit`, `continue` and `subject`, which can be repeated. Other parameters of Kubernetes have no meaning here.
 * @throws StatusError 400
 */
export function recordQueryOf(query: URLSearchParams): RecordQuery {
  for (const parameter of REFUSED) {
    if (query.get(parameter))
      throw refusal(`${parameter} is not supported: select records with subject=NAME`);
  }
  const subjects = query.getAll('subject');
  if (subjects.length > MAX_SUBJECTS)
    throw refusal(`subject occurs ${subjects.length} times, at most ${MAX_SUBJECTS} are allowed`);
  return {
    limit: limitOf(query.get('limit')),
    after: afterOf(query.get('continue')),
    subjects: subjects.length === 0 ? undefined : new Set(subjects),
  };
}

/** As in Kubernetes, 0 is no limit; a page may always be shorter than the limit. */
function limitOf(text: string | null): number {
  if (text === null || text === '') return MAX_RECORDS;
  if (!/^\d{1,9}$/.test(text)) throw refusal(`limit ${JSON.stringify(text)}: expected a number, 0 or more`);
  return Math.min(Number(text) || MAX_RECORDS, MAX_RECORDS);
}

function afterOf(token: string | null): string {
  if (token === null || token === '') return '';
  const after = parseContinue(token);
  if (after === undefined) throw refusal('continue is not a token of this API: start again without it');
  return after;
}

function refusal(message: string): StatusError {
  return new StatusError(badRequest(message));
}
