import type { AuthConfig } from './auth-config.ts';
import type { User } from './user.ts';

/**
 * The user whom the front proxy speaks for, by its headers; undefined when it names nobody. Call it only for a
 * connection that has proved to be the front proxy's.
 * @param rawHeaders name, value, name, value: joined ones would split a group that holds a comma
 */
export function frontProxyUser(
  rawHeaders: readonly string[],
  { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes }: AuthConfig['frontProxy'],
): User | undefined {
  const headers: (readonly [name: string, value: string])[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? '']);
  }
  const first = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const [, value] = headers.find(([header, text]) => header === name && text !== '') ?? [];
      if (value !== undefined) return value;
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
    extra[key] = [...(extra[key] ?? []), value];
  }
  return {
    name,
    groups,
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** Keys are percent-encoded where they do not fit into a header's name; values are not. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
