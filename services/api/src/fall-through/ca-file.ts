import { readFile } from 'node:fs/promises';
import { readCertificates } from '@activescale/kube';
import { type Reloaded, startReload } from '@activescale/runtime';
import type { Backend } from './settings.ts';

/** PEM of the CAs of a backend. Rejects if there is none in the file, with a message that names the setting. */
export function startCaFile(
  { setting, caFile }: Backend,
  onError: (error: unknown) => void,
): Promise<Reloaded<string>> {
  const named = `${setting}_CA_FILE=${JSON.stringify(caFile)}`;
  return startReload({
    next: () => readFile(caFile, 'utf8'),
    same: (a, b) => a === b,
    check: (pem) => assertCertificates(pem, named),
    onChange() {},
    onError,
  });
}

function assertCertificates(pem: string, named: string): void {
  let count: number;
  try {
    count = readCertificates(pem).length;
  } catch (cause) {
    throw new Error(`${named} has an invalid certificate`, { cause });
  }
  if (count === 0) throw new Error(`${named} has no certificate in PEM`);
}
