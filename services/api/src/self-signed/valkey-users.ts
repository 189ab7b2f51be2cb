import { createHash, randomBytes } from 'node:crypto';

/** The password of each user of the shipped Valkey. */
export interface ValkeyPasswords {
  /** ingest, api and people who run `activescale`. */
  readonly activescale: string;
  /** Nodes of a cluster that follow a primary. */
  readonly replica: string;
  /** The scripts that make a cluster of the nodes. */
  readonly cluster: string;
}

/** 256 bits, in letters that need no quotes in a shell or a configuration file. */
export function generatePasswords(): ValkeyPasswords {
  const password = () => randomBytes(32).toString('base64url');
  return { activescale: password(), replica: password(), cluster: password() };
}

/** What SECURITY.md lists: reads and writes of records, the clock, and the facts that are checked. */
const SERVICE_COMMANDS =
  '+set +zadd +evalsha +eval +zremrangebyscore +pexpire +mget +zrangebyscore +zscan +time +info +client|setname +cluster|slots';
/** https://valkey.io/topics/acl/#acl-rules-for-sentinel-and-replicas */
const REPLICA_COMMANDS = '+psync +replconf +ping';
/** What `valkey-cli --cluster create` and `CLUSTER MEET` send. */
const CLUSTER_COMMANDS = '+ping +info +cluster +config|get';

/**
 * The file for `--aclfile`: every user has a password, except the one of the kubelet's probes, which may only PING.
 * https://valkey.io/topics/acl/
 */
export function aclFile(passwords: ValkeyPasswords, keyPrefix: string): string {
  const user = (name: keyof ValkeyPasswords, keys: string, commands: string) => {
    const hash = createHash('sha256').update(passwords[name]).digest('hex');
    return `user ${name} on #${hash} resetkeys ${keys}resetchannels -@all ${commands}\n`;
  };
  return [
    'user default off\n',
    'user probe on nopass resetkeys resetchannels -@all +ping\n',
    user('activescale', `~${escapeGlob(keyPrefix)}:* `, SERVICE_COMMANDS),
    user('replica', '', REPLICA_COMMANDS),
    user('cluster', '', CLUSTER_COMMANDS),
  ].join('');
}

/** A part of the configuration file of a cluster's node: whom it is to its primary. */
export function replicationFile({ replica }: ValkeyPasswords): string {
  return `primaryuser replica\nprimaryauth ${replica}\n`;
}

/** A pattern of keys is a glob: https://valkey.io/commands/keys/ */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
