/** Clients behind which a person sits, as k8s.io/apiserver's negotiation knows them. */
const PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;
/** What strconv.ParseBool of Go takes for true. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];

/** Whether the JSON is to be indented. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  return asked === null ? PEOPLE.test(userAgent ?? '') : TRUE.includes(asked);
}
