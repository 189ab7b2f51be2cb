import type { Redis } from 'iovalkey';
import type { ServerFacts } from './types.ts';

/** What a server says of itself by INFO, which needs no rights beyond those of the connection. */
export async function readServerFacts(node: Redis): Promise<ServerFacts> {
  const fields = parseInfo(await node.info());
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return {
    address: `${node.options.host}:${node.options.port}`,
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
