import type { Metadata, MetadataValue } from './struct.ts';

// Reads node metadata, which may have any shape: a missing value, or one of another type, is read as absent.

export function member(value: MetadataValue | undefined, key: string): MetadataValue | undefined {
  return isObject(value) ? value[key] : undefined;
}

export function isObject(value: MetadataValue | undefined): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: MetadataValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The strings of a list, without empty ones. */
export function texts(value: MetadataValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string' && item !== '') : [];
}

/** Copies a text, so that the string that it was cut from is not kept in memory while the stream is open. */
export function copied(value: string): string {
  return Buffer.from(value).toString();
}
