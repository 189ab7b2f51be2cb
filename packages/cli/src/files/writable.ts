import { open } from 'node:fs/promises';
import { reasonOf } from '../cluster/ask.ts';
import { UsageError } from '../usage-error.ts';

/** Found before a collection of hours, not after it. Creates the file. Rejects with a UsageError. */
export async function requireWritable(option: string, path: string): Promise<void> {
  try {
    await (await open(path, 'a')).close();
  } catch (error) {
    throw new UsageError(`${option} ${JSON.stringify(path)} cannot be written: ${reasonOf(error)}`);
  }
}
