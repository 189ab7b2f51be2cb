import { clusterClient } from '@activescale/kube/config';
import { createLogger, flushed, readSettings, SettingsError } from '@activescale/runtime';
import { defineApiConfig } from '../config.ts';
import { putCaBundle } from './ca-bundle.ts';
import { ensureCertificate, namespaceOf, type TaskOptions } from './tasks.ts';
import { ensureValkeyAccess } from './valkey-access.ts';

// The jobs of deploy/components/self-signed and valkey-access. One that cannot do its part yet exits 1, and Kubernetes
// runs it again.
//   node services/api/src/self-signed/main.ts certificate
//   node services/api/src/self-signed/main.ts ca-bundle APISERVICE... [--if-ours APISERVICE...]
//   node services/api/src/self-signed/main.ts valkey-access

const USAGE =
  'usage: main.ts certificate | ca-bundle APISERVICE... [--if-ours APISERVICE...] | valkey-access';

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
  throw new Error(USAGE);
}
