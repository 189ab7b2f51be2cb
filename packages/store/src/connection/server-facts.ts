import type { Redis } from 'iovalkey';
import type { RefusedCommand, ServerFacts, ServerInfo } from '../types.ts';
import { probeKey, refusalOf } from './readiness.ts';

/** Queries facts about a server, and which of the optional commands it refuses. Changes nothing. */
export async function readServerFacts(node: Redis, keyPrefix: string): Promise<ServerFacts> {
  const key = probeKey(keyPrefix);
  let info: ServerInfo | undefined;
  const tries = {
    INFO: async () => {
      info = infoIn(await node.info());
    },
    ZREMRANGEBYSCORE: () => node.zremrangebyscore(key, '-inf', '(0'),
    PEXPIRE: () => node.pexpire(key, 1),
  };
  const refused: RefusedCommand[] = [];
  for (const [command, run] of Object.entries(tries)) {
    const reason = await refusalOf(run());
    if (reason !== undefined && /^(NOPERM|ERR) /.test(reason)) refused.push({ command, reason });
  }
  return { address: `${node.options.host}:${node.options.port}`, info, refused };
}

function infoIn(text: string): ServerInfo {
  const fields = parseInfo(text);
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? '',
    role: fields.get('role') === 'slave' ? 'replica' : 'primary',
    usedMemory: number('used_memory'),
    maxMemory: number('maxmemory'),
    evictionPolicy: fields.get('maxmemory_policy') ?? '',
  };
}

/** Lines of `name:value`, and headings after `#`. */
function parseInfo(text: string): Map<string, string> {
  const fields = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    fields.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}
