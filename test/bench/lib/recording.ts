import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeRecording } from '@activescale/devkit';

/** The messages of a recording in test/data, gzipped or not. */
export function readMessages(name: string): Buffer[] {
  const bytes = readFileSync(join(import.meta.dirname, '../../data', name));
  return decodeRecording(name.endsWith('.gz') ? gunzipSync(bytes) : bytes).map(({ message }) => message);
}
