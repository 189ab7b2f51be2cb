import type { AuthConfig } from './auth-config.ts';
import type { User } from './user.ts';

/**
 * The user in the headers of the front proxy; undefined if there is none, or if the bytes are not UTF-8,
 * because two different names must not become equal. Call it only for a connection of the front proxy.
 * @param rawHeaders names and values, alternating: joined values would split a group with a comma
 */
export function frontProxyUser(
  rawHeaders: readonly string[],
  { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes }: AuthConfig['frontProxy'],
): User | undefined {
  const prefixes = [...usernameHeaders, ...uidHeaders, ...groupHeaders, ...extraHeaderPrefixes];
  const headers: (readonly [name: string, value: string])[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = (rawHeaders[i] ?? '').toLowerCase();
    if (!prefixes.some((prefix) => header.startsWith(prefix))) continue;
    const value = utf8(rawHeaders[i + 1] ?? '');
    if (value === undefined) return undefined;
    headers.push([header, value]);
  }
  const first = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      // Like Go's http.Header.Get: the first value of a header counts, even if it is empty and another follows.
      const [, value] = headers.find(([header]) => header === name) ?? [];
      if (value) return value;
    }
    return undefined;
  };
  const name = first(usernameHeaders);
  if (name === undefined) return undefined;
  const uid = first(uidHeaders);
  const groups = groupHeaders.flatMap((group) =>
    headers.filter(([header]) => header === group).map(([, value]) => value),
  );
  const extra: Record<string, string[]> = Object.create(null);
  for (const [header, value] of headers) {
    const prefix = extraHeaderPrefixes.find((each) => header.startsWith(each));
    if (prefix === undefined) continue;
    const key = unescapeKey(header.slice(prefix.length));
    const values = extra[key] ?? [];
    values.push(value);
    extra[key] = values;
  }
  return {
    name,
    groups,
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node decodes header bytes as Latin-1; user names are UTF-8. undefined: invalid UTF-8. */
function utf8(value: string): string | undefined {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return UTF8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Keys are percent-encoded if they are not valid in a header's name; values are not. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
