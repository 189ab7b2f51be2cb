/**
 * JSON as Go's encoding/json writes it: HTML special characters, and the two line separators of Unicode, are
 * escaped.
 */
export function goJson(value: unknown): string {
  return escapeAsGo(JSON.stringify(value));
}

/** The form of `?pretty=true`: two spaces, and no newline at the end (json.MarshalIndent). */
export function goJsonIndented(value: unknown): string {
  return escapeAsGo(JSON.stringify(value, null, 2));
}

const PLAIN = /^[A-Za-z0-9 ._:/-]*$/;
const NOT_ASCII = /[\u0080-\uffff]/g;

/** A JSON string of ASCII characters only, so that a text of such strings may be encoded as latin1. */
export function asciiJsonString(text: string): string {
  return `"${asciiJsonText(text)}"`;
}

/** The same without quotes. */
export function asciiJsonText(text: string): string {
  return PLAIN.test(text) ? text : goJson(text).slice(1, -1).replace(NOT_ASCII, escapeUnit);
}

const HTML_AND_SEPARATORS = /[<>&\u2028\u2029]/g;

function escapeAsGo(json: string): string {
  return json.replace(HTML_AND_SEPARATORS, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
