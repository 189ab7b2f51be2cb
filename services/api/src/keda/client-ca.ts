import { readFile } from 'node:fs/promises';
import { readCertificates } from '@activescale/kube';
import { type Reloaded, startReload } from '@activescale/runtime';

/** PEM of the CAs of KEDA's certificates, kept up to date. Rejects if the file is invalid at the start. */
export function startClientCa(
  path: string,
  events: { onChange(): void; onError(error: unknown): void },
): Promise<Reloaded<string>> {
  return startReload<string>({
    next: () => readFile(path, 'utf8'),
    same: (a, b) => a === b,
    check: assertCertificates,
    onChange: events.onChange,
    onError: events.onError,
  });
}

/** OpenSSL ignores what follows an invalid certificate, so each is parsed. */
function assertCertificates(pem: string): void {
  let count: number;
  try {
    count = readCertificates(pem).length;
  } catch (cause) {
    throw unusable(String(cause), cause);
  }
  if (count === 0) throw unusable('it has no certificate');
}

function unusable(why: string, cause?: unknown): Error {
  return new Error(`the file in KEDA_CLIENT_CA_FILE cannot be used: ${why}`, { cause });
}
