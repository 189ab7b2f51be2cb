import { type ApiService, KubeError } from '@activescale/kube';
import { readSecret } from './secrets.ts';
import { AUTHORITY_SECRET, authorityOf, namespaceOf, type TaskOptions } from './tasks.ts';

/** The APIServices after it may belong to another server or not exist. */
const IF_OURS = '--if-ours';
const TIMEOUT_MS = 10_000;

/**
 * Puts the authority into the APIServices of these names, which must be there and lead to api; those after `--if-ours`
 * are left alone otherwise.
 * @throws Error that names the APIService which leads elsewhere: its caBundle is for its own server
 */
export async function putCaBundle(options: TaskOptions, names: readonly string[]): Promise<void> {
  const { client, serviceName, log } = options;
  const namespace = namespaceOf(serviceName);
  const authority = authorityOf(await readSecret(client, namespace, AUTHORITY_SECRET));
  if (authority === undefined)
    throw new Error(`the Secret ${AUTHORITY_SECRET} in ${namespace} does not exist yet`);
  const caBundle = Buffer.from(authority.bundle).toString('base64');
  const optionalFrom = names.includes(IF_OURS) ? names.indexOf(IF_OURS) : names.length;
  for (const [i, name] of names.entries()) {
    if (i === optionalFrom) continue;
    const isOptional = i > optionalFrom;
    const spec = await readSpec(options, name, isOptional);
    if (spec === undefined) continue;
    const owner = `${spec.service?.name}.${spec.service?.namespace}.svc`;
    if (owner !== serviceName) {
      if (!isOptional) throw new Error(`the APIService ${name} belongs to ${owner}, not to ${serviceName}`);
      log.info({ apiservice: name, service: owner }, 'unchanged: the APIService belongs to another server');
      continue;
    }
    if (spec.caBundle === caBundle) continue;
    const body = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name },
      // Both or neither: kube-apiserver refuses a caBundle beside insecureSkipTLSVerify=true, which another adapter may
      // have left. https://github.com/kubernetes/kube-aggregator/blob/master/pkg/apis/apiregistration/validation/validation.go
      spec: { caBundle, insecureSkipTLSVerify: false },
    };
    await client.apply(pathOf(name), body, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    log.info({ apiservice: name }, 'updated the caBundle');
  }
}

/** undefined: one that need not be there is not, or its group is none of this installation's. */
async function readSpec({ client, log }: TaskOptions, name: string, isOptional: boolean) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return (await client.get<ApiService>(pathOf(name), { signal })).spec;
  } catch (error) {
    const isAbsent = error instanceof KubeError && (error.status === 404 || error.status === 403);
    if (!isOptional || !isAbsent) throw error;
    log.info({ apiservice: name }, 'unchanged: external metrics are not installed');
    return undefined;
  }
}

function pathOf(name: string): string {
  return `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
}
