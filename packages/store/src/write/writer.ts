import { once } from 'node:events';
import { indexKey, isDemandRecordName, podsKey } from '@activescale/protocol/record';
import type { Redis } from 'iovalkey';
import type { Connection } from '../connection/connection.ts';
import { isReadonly, isUnavailable } from '../connection/readiness.ts';
import { isRedirect, writeRouted } from '../connection/redirect.ts';
import { errorText, StoreError } from '../store-error.ts';
import type { RecordWrite, WriteFailure, WriteReport } from '../types.ts';
import type { WriteAnswer } from './answer.ts';
import { type IndexUpkeep, trimIndexes } from './index-upkeep.ts';
import { writeByPipeline } from './pipeline.ts';
import { refusesScripts, writeByScript } from './script.ts';

export interface WriterOptions {
  readonly connection: Connection;
  readonly keyPrefix: string;
  /** For the connection to a node that is not ready. */
  readonly timeoutMs: number;
  readonly upkeep: IndexUpkeep;
  readonly dialect: Dialect;
}

/** Capabilities that the server was found to have. */
export interface Dialect {
  /** EVALSHA and EVAL, for this user. Without them a write costs more CPU. */
  hasScripts: boolean;
  /**
   * SET with GET: Redis 6.2 or newer, for a user who may also read. Without it, two proxies of a pod cannot be
   * distinguished.
   */
  setsWithGet: boolean;
}

/** Writes records in one batch per node. Rejects with the first node's StoreError if no node answered. */
export async function writeRecords(
  options: WriterOptions,
  records: readonly RecordWrite[],
): Promise<WriteReport> {
  const groups = groupByNode(options, records);
  if (groups.length === 1) {
    const [group] = groups;
    return group === undefined ? { written: 0, failed: [], replaced: [] } : await writeTo(options, group);
  }
  const results = await Promise.allSettled(groups.map((group) => writeTo(options, group)));
  if (results.every(({ status }) => status === 'rejected')) {
    const [first] = results;
    throw first?.status === 'rejected' ? first.reason : new StoreError('ERR_STORE_DOWN', 'no node');
  }
  const failed: WriteFailure[] = [];
  const replaced = new Map<RecordWrite, Buffer | null>();
  let written = 0;
  let untrimmed: string | undefined;
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') {
      written += result.value.written;
      failed.push(...result.value.failed);
      for (const [i, head] of result.value.replaced.entries()) {
        const record = groups[index]?.records[i];
        if (record !== undefined) replaced.set(record, head);
      }
      untrimmed ??= result.value.untrimmed;
    } else {
      const reason = errorText(result.reason);
      for (const { namespace, name } of groups[index]?.records ?? [])
        failed.push({ namespace, name, reason });
    }
  }
  return {
    written,
    failed,
    replaced: records.map((record) => replaced.get(record) ?? null),
    ...(untrimmed === undefined ? {} : { untrimmed }),
  };
}

interface Group {
  readonly node: Redis | undefined;
  readonly records: readonly RecordWrite[];
}

/** A batch must not span nodes. The namespaces of a node are written together. */
function groupByNode({ connection, keyPrefix }: WriterOptions, records: readonly RecordWrite[]): Group[] {
  if (!connection.client.isCluster) return [{ node: connection.nodeOf(''), records }];
  const nodes = new Map<string, Redis | undefined>();
  const groups = new Map<Redis | undefined, RecordWrite[]>();
  for (const record of records) {
    const { namespace } = record;
    if (!nodes.has(namespace)) nodes.set(namespace, connection.nodeOf(podsKey(keyPrefix, namespace)));
    const node = nodes.get(namespace);
    const same = groups.get(node);
    if (same === undefined) groups.set(node, [record]);
    else same.push(record);
  }
  return [...groups].map(([node, group]) => ({ node, records: group }));
}

async function writeTo(options: WriterOptions, { node, records }: Group): Promise<WriteReport> {
  const { connection, keyPrefix, timeoutMs, upkeep, dialect } = options;
  if (node === undefined) {
    connection.refresh();
    throw new StoreError('ERR_STORE_DOWN', 'no node of the cluster serves this namespace');
  }
  await connected(node, timeoutMs);
  const { records: answers, indexes } = await send(options, node, records);
  const replaced = answers.map((answer) => (answer instanceof Error ? null : answer));
  const refused = [...answers.filter((answer) => answer instanceof Error), ...indexes.values()];
  const [first] = refused;
  if (first === undefined) {
    const untrimmed = await trimIndexes(node, keyPrefix, records, upkeep);
    return {
      written: records.length,
      failed: [],
      replaced,
      ...(untrimmed === undefined ? {} : { untrimmed }),
    };
  }
  const { message } = first;
  if (answers.every((answer) => answer instanceof Error) && isUnavailable(message))
    throw new StoreError('ERR_STORE_DOWN', `write: ${message}`);
  // The primary became a replica: reconnect, to the new primary by Sentinel.
  if (isReadonly(message) && !connection.client.isCluster) connection.renew(message);
  const ofPod = answers[records.findIndex(({ name }) => !isDemandRecordName(name))];
  if (dialect.setsWithGet && ofPod instanceof Error && isUnknownForm(ofPod.message)) {
    dialect.setsWithGet = false;
    return await writeTo(options, { node, records });
  }

  const outcomes = records.map(async (record, i): Promise<WriteFailure | undefined> => {
    const { namespace, name } = record;
    const answer = answers[i];
    const index = indexKey(keyPrefix, namespace, name);
    const ofIndex = indexes.get(index);
    const refusal =
      answer instanceof Error ? `SET: ${answer.message}` : ofIndex && `ZADD ${index}: ${ofIndex.message}`;
    if (refusal === undefined) return undefined;
    const reason =
      isRedirect(refusal) || isWrongType(refusal)
        ? await writeRouted(connection, keyPrefix, record)
        : refusal;
    return reason === undefined ? undefined : { namespace, name, reason };
  });
  const failed = (await Promise.all(outcomes)).filter((failure) => failure !== undefined);
  return { written: records.length - failed.length, failed, replaced };
}

/** Writes many records with one command if the server runs scripts. */
async function send(
  { connection, keyPrefix, dialect }: WriterOptions,
  node: Redis,
  records: readonly RecordWrite[],
): Promise<WriteAnswer> {
  const wantsOld = dialect.setsWithGet;
  if (dialect.hasScripts) {
    try {
      const oneNamespace = connection.client.isCluster;
      return await writeByScript(node, keyPrefix, records, { wantsOld, oneNamespace });
    } catch (error) {
      if (!refusesScripts(error)) throw error;
      dialect.hasScripts = false;
    }
  }
  return await writeByPipeline(node, keyPrefix, records, wantsOld);
}

/** SET with GET, which only pods' records need, is unknown or not permitted: retry without it. A user who may not write is refused again. */
function isUnknownForm(message: string): boolean {
  return /^(ERR syntax error|ERR ACL failure in script|NOPERM )/.test(message);
}

/** SET with GET refuses to replace a value of another type, which SET does not. */
function isWrongType(refusal: string): boolean {
  return refusal.startsWith('SET: WRONGTYPE');
}

/** A node of a cluster is connected only when it is first needed. */
async function connected(node: Redis, timeoutMs: number): Promise<void> {
  if (node.status === 'ready' || !['wait', 'connecting', 'connect'].includes(node.status)) return;
  const { host, port } = node.options;
  try {
    await once(node, 'ready', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new StoreError('ERR_STORE_DOWN', `node ${host}:${port} is not connected`, cause);
  }
}
