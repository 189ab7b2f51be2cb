import { clusterClient } from '@activescale/kube/config';
import { createLogger, flushed, readSettings, SettingsError } from '@activescale/runtime';
import { defineApiConfig } from '../config.ts';
import { putCaBundle } from './ca-bundle.ts';
import { deleteSecrets } from './removal.ts';
import { ensureCertificate, namespaceOf, type TaskOptions } from './tasks.ts';
import { ensureValkeyAccess } from './valkey-access.ts';
import { verifyApiServices } from './verification.ts';

// The jobs of deploy/components/self-signed and valkey-access, and of the hooks of deploy/chart. One that cannot do its part
// yet exits 1, and Kubernetes runs it again.
//   node services/api/src/self-signed/main.ts certificate
//   node services/api/src/self-signed/main.ts ca-bundle APISERVICE... [--if-ours APISERVICE...]
//   node services/api/src/self-signed/main.ts valkey-access
//   node services/api/src/self-signed/main.ts verify APISERVICE...
//   node services/api/src/self-signed/main.ts delete-secrets NAMESPACE/NAME...

const USAGE =
  'usage: main.ts certificate | ca-bundle APISERVICE... [--if-ours APISERVICE...] | valkey-access | verify APISERVICE... | delete-secrets NAMESPACE/NAME...';

interface Options extends TaskOptions {
  readonly keyPrefix: string;
}

const log = createLogger('setup', 0);
try {
  // Before anything else, so that a misspelled task is not reported as a missing cluster.
  const run = taskOf(process.argv.slice(2));
  const { kubeconfig, serviceName, keyPrefix } = readSettings(process.env, defineApiConfig);
  await run({ client: clusterClient(kubeconfig, 'activescale-self-signed'), serviceName, keyPrefix, log });
} catch (error) {
  if (error instanceof SettingsError) process.stderr.write(`setup: ${error.message}\n`);
  else log.fatal({ err: error }, 'failed');
  process.exitCode = 1;
}
await flushed(log);
process.exit(); // connections are kept open for a next request that does not come

function taskOf([task, ...names]: readonly string[]): (options: Options) => Promise<void> {
  if (task === 'certificate' && names.length === 0) return ensureCertificate;
  if (task === 'ca-bundle' && names.length > 0) return (options) => putCaBundle(options, names);
  if (task === 'valkey-access' && names.length === 0)
    return (options) => ensureValkeyAccess({ ...options, namespace: namespaceOf(options.serviceName) });
  if (task === 'verify' && names.length > 0) return (options) => verifyApiServices(options, names);
  if (task === 'delete-secrets' && names.length > 0 && names.every(isNamespacedName))
    return (options) => deleteSecrets(options, names);
  throw new Error(USAGE);
}

function isNamespacedName(name: string): boolean {
  return /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(name);
}
