import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The streams of this repository, and those of the shared folder beside it where there is one. */
const FOLDERS = ['../data/envoy', '../../../shared/data/envoy'];

/** One recorded stream: name and StreamMetricsMessages (see test/data/README.md). */
export interface Recording {
  readonly name: string;
  readonly messages: readonly Buffer[];
}

export function recordings(): Recording[] {
  return FOLDERS.map((folder) => join(import.meta.dirname, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.bin'))
    .map((path) => ({ name: path, messages: split(readFileSync(path)) }));
}

function split(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at);
    messages.push(bytes.subarray(at + 16, end));
    at = end;
  }
  return messages;
}
