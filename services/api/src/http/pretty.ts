/** Clients of people, as known to k8s.io/apiserver's negotiation. */
const PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;
/** The true values of Go's strconv.ParseBool. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];

/** Whether to indent the JSON. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  return asked === null ? PEOPLE.test(userAgent ?? '') : TRUE.includes(asked);
}
