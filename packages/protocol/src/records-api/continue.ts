/** In characters: a name of 253 with a kind, a port, a source and an address fits. */
const MAX_TOKEN = 2_048;

/** The token of the page after an object. It has no state, so that each replica of api understands it. */
export function continueAfter(objectName: string): string {
  return Buffer.from(objectName).toString('base64url');
}

/** The object before the page of a token; undefined: api does not write such a token. */
export function parseContinue(token: string): string | undefined {
  if (token.length > MAX_TOKEN) return undefined;
  const name = Buffer.from(token, 'base64url').toString();
  return name !== '' && continueAfter(name) === token ? name : undefined;
}
