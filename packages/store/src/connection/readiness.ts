import type { Redis } from 'iovalkey';
import { errorText, isReplyError } from '../store-error.ts';

/** Whether a server can be used, and the remedy if not. */
export type Readiness =
  | { readonly ready: true }
  /**
   * `wait`: it will be usable later, on this connection. `reconnect`: another connection is needed, perhaps to
   * another server.
   */
  | { readonly ready: false; readonly reason: string; readonly remedy: 'wait' | 'reconnect' };

const READY: Readiness = { ready: true };

/** Error codes of https://github.com/valkey-io/valkey/blob/9.0/src/server.c, createSharedObjects. */
const LATER = /^(LOADING|CLUSTERDOWN|BUSY|MASTERDOWN) /;
/** Of the whole cluster. A node's problem does not concern the others. */
const CLUSTER_LATER = /^CLUSTERDOWN The cluster is down/;
const NOT_LOGGED_IN = /^(NOAUTH|WRONGPASS) /;

/**
 * Uses commands that are needed anyway, so that a server may refuse INFO: MGET shows whether it is still
 * loading, and a SET without effect whether it is a read-only replica. INFO comes first, because only it
 * reveals a writable replica. Rejects if the connection ends.
 * @param single false: a node of a cluster, whose map shows the primaries
 */
export async function readinessOf(node: Redis, keyPrefix: string, single: boolean): Promise<Readiness> {
  const key = probeKey(keyPrefix);
  const [refusal, role] = await Promise.all([refusalOf(node.mget(key)), single ? roleOf(node) : 'primary']);
  if (refusal !== undefined && NOT_LOGGED_IN.test(refusal)) return notReady(refusal, 'reconnect');
  if (role === 'replica') return replica();
  if (refusal !== undefined && (single ? LATER : CLUSTER_LATER).test(refusal))
    return notReady(refusal, 'wait');
  if (role === 'primary') return READY;
  const refusedWrite = await refusalOf(node.set(key, '', 'PX', 1, 'XX'));
  return isReadonly(refusedWrite ?? '') ? replica() : READY;
}

/** A key that never exists. */
export function probeKey(keyPrefix: string): string {
  return `${keyPrefix}:probe`;
}

/** Whether a reply shows that the server is a replica. */
export function isReadonly(reply: string): boolean {
  return reply.startsWith('READONLY ');
}

/** Whether a reply shows that the server accepts no commands at all now. */
export function isUnavailable(reply: string): boolean {
  return LATER.test(reply) || NOT_LOGGED_IN.test(reply);
}

/** The server's error for a command; undefined if there is none. Rejects if there is no reply. */
export async function refusalOf(command: Promise<unknown>): Promise<string | undefined> {
  try {
    await command;
    return undefined;
  } catch (error) {
    if (isReplyError(error)) return errorText(error);
    throw error;
  }
}

async function roleOf(node: Redis): Promise<'primary' | 'replica' | undefined> {
  try {
    const [, role] = /^role:(master|slave)\r?$/m.exec(await node.info('replication')) ?? [];
    return role === undefined ? undefined : role === 'slave' ? 'replica' : 'primary';
  } catch (error) {
    if (isReplyError(error)) return undefined;
    throw error;
  }
}

function replica(): Readiness {
  return notReady('READONLY: the server is a replica', 'reconnect');
}

function notReady(reason: string, remedy: 'wait' | 'reconnect'): Readiness {
  return { ready: false, reason, remedy };
}
