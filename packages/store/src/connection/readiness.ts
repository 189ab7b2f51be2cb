import type { Redis } from 'iovalkey';
import { errorText, isReplyError } from '../store-error.ts';

/** Whether a server can be used, and if not, what to do about it. */
export type Readiness =
  | { readonly ready: true }
  /** `wait`: it will be later, on this connection. `reconnect`: another connection is needed, perhaps to another server. */
  | { readonly ready: false; readonly reason: string; readonly remedy: 'wait' | 'reconnect' };

const READY: Readiness = { ready: true };

/** Error codes of https://github.com/valkey-io/valkey/blob/9.0/src/server.c, createSharedObjects. */
const LATER = /^(LOADING|CLUSTERDOWN|BUSY|MASTERDOWN) /;
/** Of the whole cluster. What one of its nodes cannot do now the others may. */
const CLUSTER_LATER = /^CLUSTERDOWN The cluster is down/;
const NOT_LOGGED_IN = /^(NOAUTH|WRONGPASS) /;

/**
 * Uses commands that are needed anyway, so that a server may refuse INFO: MGET shows whether it is still loading, a SET
 * that changes nothing whether it is a read-only replica. INFO comes first, because only it reveals a writable one.
 * Rejects where the connection ends.
 * @param single false: a node of a cluster, whose map shows who is primary
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

/** Whether a server says by its reply that it is a replica. */
export function isReadonly(reply: string): boolean {
  return reply.startsWith('READONLY ');
}

/** Whether a reply says that the server takes nothing at all now, whoever asks for what. */
export function isUnavailable(reply: string): boolean {
  return LATER.test(reply) || NOT_LOGGED_IN.test(reply);
}

/** The server's text where it refuses a command; undefined where it does not. Rejects where there is no reply. */
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
