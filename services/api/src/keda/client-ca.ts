import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Reloaded, startReload } from '@activescale/runtime';

/** PEM of the authorities of KEDA's certificates, kept up to date. Rejects if the file is invalid at the start. */
export function startClientCa(
  path: string,
  events: { onChange(): void; onError(error: unknown): void },
): Promise<Reloaded<string>> {
  return startReload<string>({
    next: () => readFile(path, 'utf8'),
    same: (a, b) => a === b,
    check: assertCertificate,
    onChange: events.onChange,
    onError: events.onError,
  });
}

function assertCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`the file in KEDA_CLIENT_CA_FILE cannot be used: ${String(cause)}`, { cause });
  }
}
