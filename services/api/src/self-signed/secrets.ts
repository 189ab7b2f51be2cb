import { type KubeClient, KubeError } from '@activescale/kube';

/** The texts of a Secret, by key. */
export type SecretTexts = Readonly<Record<string, string>>;

interface Secret {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const US = 'activescale-self-signed';
const TIMEOUT_MS = 10_000;

/**
 * A Secret that these jobs have made; undefined where there is none.
 * @throws Error that names the Secret if another owner's Secret has its name: it must not be overwritten
 */
export async function readSecret(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<SecretTexts | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { metadata, data = {} } = await client.get<Secret>(secretPath(namespace, name), { signal });
    if (metadata.labels?.[MANAGED_BY] !== US) {
      throw new Error(
        `the Secret ${name} in ${namespace} was not created by ${US}: delete it, or remove the component that creates it`,
      );
    }
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

/** Creates the Secret, or replaces what these jobs have put there. */
export async function writeSecret(
  client: KubeClient,
  namespace: string,
  name: string,
  { type, texts }: { readonly type: 'kubernetes.io/tls' | 'Opaque'; readonly texts: SecretTexts },
): Promise<void> {
  const data = Object.entries(texts).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type,
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY]: US, 'app.kubernetes.io/part-of': 'activescale' },
    },
    data: Object.fromEntries(data),
  };
  await client.apply(secretPath(namespace, name), secret, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

function secretPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}
