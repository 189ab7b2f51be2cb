/**
 * What makes a label's key and value valid, with the messages of apimachinery's util/validation:
 * clients show them to people, who search for them.
 */

const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME_PATTERN = new RegExp(`^${NAME}$`);
const VALUE_PATTERN = new RegExp(`^(${NAME})?$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);

const MAX_NAME_BYTES = 63;
const MAX_SUBDOMAIN_BYTES = 253;

const CHARACTERS =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_RULE = `must ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const VALUE_RULE = `a valid label must be an empty string or ${CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

/** All problems of a label's key (`[prefix/]name`); empty if it is valid. */
export function labelKeyProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, key];
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined)
    problems.push(...subdomainProblems(prefix).map((each) => `prefix part ${each}`));
  if (name === '') problems.push('name part must be non-empty');
  else if (Buffer.byteLength(name) > MAX_NAME_BYTES) problems.push(`name part ${atMost(MAX_NAME_BYTES)}`);
  if (!NAME_PATTERN.test(name)) problems.push(`name part ${NAME_RULE}`);
  return problems;
}

/** All problems of a label's value; empty if it is valid. */
export function labelValueProblems(value: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(value) > MAX_NAME_BYTES) problems.push(atMost(MAX_NAME_BYTES));
  if (!VALUE_PATTERN.test(value)) problems.push(VALUE_RULE);
  return problems;
}

function subdomainProblems(value: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(value) > MAX_SUBDOMAIN_BYTES) problems.push(atMost(MAX_SUBDOMAIN_BYTES));
  if (!SUBDOMAIN_PATTERN.test(value)) problems.push(SUBDOMAIN_RULE);
  return problems;
}

function atMost(bytes: number): string {
  return `must be no more than ${bytes} bytes`;
}
