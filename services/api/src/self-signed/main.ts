import { createLogger, readSettings, SettingsError } from '@activescale/runtime';
import { defineApiConfig } from '../config.ts';
import { clusterClient } from '../kube/kube-config.ts';
import { ensureCertificate, putCaBundle } from './tasks.ts';

// The jobs of deploy/components/self-signed. One that cannot do its part yet exits 1, and Kubernetes runs it again.
//   node services/api/src/self-signed/main.ts certificate
//   node services/api/src/self-signed/main.ts ca-bundle APISERVICE...

const USAGE = 'usage: main.ts certificate | ca-bundle APISERVICE...';

const log = createLogger('certificates', 0);
try {
  const [task, ...names] = process.argv.slice(2);
  const known = (task === 'certificate' && names.length === 0) || (task === 'ca-bundle' && names.length > 0);
  if (!known) throw new Error(USAGE);
  const { kubeconfig, serviceName } = readSettings(process.env, defineApiConfig);
  const options = { client: clusterClient(kubeconfig), serviceName, log };
  await (task === 'certificate' ? ensureCertificate(options) : putCaBundle(options, names));
  process.exit(0); // connections are kept open for a next request that does not come
} catch (error) {
  if (error instanceof SettingsError) process.stderr.write(`certificates: ${error.message}\n`);
  else log.fatal({ err: error }, 'cannot be done');
  process.exit(1);
}
