import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRecording } from '@activescale/devkit';

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
    .map((path) => ({ name: path, messages: messagesOf(path) }));
}

function messagesOf(path: string): Buffer[] {
  return decodeRecording(readFileSync(path)).map(({ message }) => message);
}
