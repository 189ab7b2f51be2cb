import type { KubeClient } from '@activescale/kube';
import type { Logger } from '@activescale/runtime';
import { readSecret, type SecretTexts, writeSecret } from './secrets.ts';
import { aclFile, generatePasswords, replicationFile, type ValkeyPasswords } from './valkey-users.ts';

/** The password of the services: ingest, api and people see no other. */
const SERVICE_SECRET = 'activescale-valkey';
/** The configuration of Valkey: its users, and the passwords between its nodes. */
const SERVER_SECRET = 'valkey-access';

export interface ValkeyAccessOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly keyPrefix: string;
  readonly log: Logger;
}

/**
 * Ensures that both Secrets exist and match. Existing passwords are kept; a changed KEY_PREFIX changes
 * the users.
 */
export async function ensureValkeyAccess(options: ValkeyAccessOptions): Promise<void> {
  const { client, namespace, keyPrefix, log } = options;
  const service = await readSecret(client, namespace, SERVICE_SECRET);
  const server = await readSecret(client, namespace, SERVER_SECRET);
  const passwords = passwordsOf(service, server);
  const files = {
    'users.acl': aclFile(passwords, keyPrefix),
    'replication.conf': replicationFile(passwords),
    'replica-password': passwords.replica,
    'cluster-password': passwords.cluster,
  };
  await keep(SERVER_SECRET, server, files);
  await keep(SERVICE_SECRET, service, { password: passwords.activescale });

  async function keep(name: string, kept: SecretTexts | undefined, next: SecretTexts): Promise<void> {
    if (Object.entries(next).every(([key, text]) => kept?.[key] === text)) {
      log.info({ secret: name }, 'the Secret is up to date');
      return;
    }
    await writeSecret(client, namespace, name, { type: 'Opaque', texts: next });
    log.info(
      { secret: name },
      kept === undefined ? 'created the Secret' : 'changed the Secret: restart Valkey',
    );
  }
}

function passwordsOf(service: SecretTexts | undefined, server: SecretTexts | undefined): ValkeyPasswords {
  const made = generatePasswords();
  return {
    activescale: service?.password || made.activescale,
    replica: server?.['replica-password'] || made.replica,
    cluster: server?.['cluster-password'] || made.cluster,
  };
}
