import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** How this process identifies itself to API servers that trust the cluster: by certificate, token, or both. */
export interface Login {
  readonly cert?: RequestOptions['cert'];
  readonly key?: RequestOptions['key'];
  readonly passphrase?: RequestOptions['passphrase'];
  /** The value of the header. */
  readonly authorization?: string | undefined;
}

/**
 * The login of the current user, without anything that belongs to the cluster, such as its CA. To be called for
 * each request, because a token may have been rotated.
 */
export function createLogin(config: KubeConfig): () => Promise<Login> {
  return async () => {
    const applied: RequestOptions = {};
    await config.applyToHTTPSOptions(applied);
    const { cert, key, passphrase, headers } = applied;
    const { Authorization: authorization } = { ...headers } as Readonly<Record<string, string | undefined>>;
    return { cert, key, passphrase, authorization };
  };
}
