import { clusterClient } from '@activescale/kube/config';
import { createLogger, readSettings, SettingsError } from '@activescale/runtime';
import { defineApiConfig } from '../config.ts';
import { putCaBundle } from './ca-bundle.ts';
import { ensureCertificate, namespaceOf } from './tasks.ts';
import { ensureValkeyAccess } from './valkey-access.ts';

// The jobs of deploy/components/self-signed and valkey-access. One that cannot do its part yet exits 1, and Kubernetes
// runs it again.
//   node services/api/src/self-signed/main.ts certificate
//   node services/api/src/self-signed/main.ts ca-bundle APISERVICE... [--if-ours APISERVICE...]
//   node services/api/src/self-signed/main.ts valkey-access

const USAGE =
  'usage: main.ts certificate | ca-bundle APISERVICE... [--if-ours APISERVICE...] | valkey-access';

const log = createLogger('setup', 0);
try {
  const [task, ...names] = process.argv.slice(2);
  const { kubeconfig, serviceName, keyPrefix } = readSettings(process.env, defineApiConfig);
  const options = { client: clusterClient(kubeconfig, 'activescale-self-signed'), serviceName, log };
  if (task === 'certificate' && names.length === 0) await ensureCertificate(options);
  else if (task === 'ca-bundle' && names.length > 0) await putCaBundle(options, names);
  else if (task === 'valkey-access' && names.length === 0)
    await ensureValkeyAccess({ ...options, namespace: namespaceOf(serviceName), keyPrefix });
  else throw new Error(USAGE);
  process.exit(0); // connections are kept open for a next request that does not come
} catch (error) {
  if (error instanceof SettingsError) process.stderr.write(`setup: ${error.message}\n`);
  else log.fatal({ err: error }, 'failed');
  process.exit(1);
}
