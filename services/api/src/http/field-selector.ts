import { badRequest } from '@activescale/protocol/kubernetes';
import { StatusError } from './status-error.ts';

interface Term {
  readonly field: string;
  readonly equals: boolean;
  readonly value: string;
}

/** It can only name one namespace and one object, of at most 253 characters each. */
const MAX_BYTES = 4_096;

/**
 * A field selector can only repeat the name in the path, if that has one, as in the generic API server's list handler
 * (k8s.io/apiserver endpoints/handlers/get.go, ListResource).
 * @throws StatusError 400
 */
export function checkFieldSelector(selector: string, name: string | undefined): void {
  const bytes = Buffer.byteLength(selector);
  if (bytes > MAX_BYTES) {
    const why = `the field selector has ${bytes} bytes, at most ${MAX_BYTES} are allowed`;
    throw new StatusError(badRequest(why));
  }
  const terms = parseTerms(selector);
  for (const { field } of terms) {
    if (field !== 'metadata.name' && field !== 'metadata.namespace') {
      const known = 'only "metadata.name", "metadata.namespace"';
      throw new StatusError(badRequest(`${JSON.stringify(field)} is not a known field selector: ${known}`));
    }
  }
  if (name === undefined || terms.length === 0) return;
  const named = terms.some(
    ({ field, equals, value }) => field === 'metadata.name' && equals && value === name,
  );
  if (!named) {
    throw new StatusError(badRequest("fieldSelector metadata.name doesn't match requested name"));
  }
}

const TERM = /^((?:\\.|[^\\=!])*)(!=|==|=)(.*)$/s;
/** A comma behind an even number of backslashes. */
const SEPARATOR = /,(?<=(?<!\\)(?:\\\\)*,)/;

/** `field=value,field!=value`; a backslash takes the meaning from `\`, `,` and `=` (apimachinery fields.ParseSelector). */
function parseTerms(selector: string): Term[] {
  const terms: Term[] = [];
  for (const text of selector.split(SEPARATOR)) {
    if (text === '') continue;
    const [, field, operator, value] = TERM.exec(text) ?? [];
    if (field === undefined || value === undefined) {
      throw new StatusError(badRequest(`invalid selector: '${selector}'; can't understand '${text}'`));
    }
    terms.push({ field, equals: operator !== '!=', value: value.replaceAll(/\\([\\,=])/g, '$1') });
  }
  return terms;
}
