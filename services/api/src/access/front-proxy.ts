import type { AuthConfig } from './auth-config.ts';
import type { User } from './user.ts';

/**
 * The user whom the front proxy speaks for, by its headers; undefined when it names nobody, or in bytes that are not UTF-8:
 * two different names must not come out as one. Call it only for a connection that has proved to be the front proxy's.
 * @param rawHeaders name, value, name, value: joined ones would split a group that holds a comma
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
      // As http.Header.Get of Go: a header's first value counts, even where it is empty and another follows.
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

/** Node reads the bytes of a header as Latin-1; names of users are UTF-8. undefined: these bytes are not. */
function utf8(value: string): string | undefined {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return UTF8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Keys are percent-encoded where they do not fit into a header's name; values are not. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
