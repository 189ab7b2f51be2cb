import type { ServerFacts } from '@activescale/store';
import { addressOf } from '../../records/open.ts';
import { NoRecordsError } from '../../records/reader.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';

/** Above this share of the limit, it will be full soon. */
const NEARLY_FULL = 0.9;

/** By the error of the connection; the first match counts. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [
    /Sentinel.*(WRONGPASS|NOAUTH|NOPERM)/,
    'set VALKEY_SENTINEL_USERNAME and VALKEY_SENTINEL_PASSWORD_FILE as the Sentinels require',
  ],
  [
    /Sentinel.*(certificate|self.signed|altname|SSL|TLS)/i,
    'set VALKEY_SENTINEL_TLS and VALKEY_SENTINEL_CA_FILE as for the Sentinels',
  ],
  [
    /Sentinel.*watches no primary/,
    'set VALKEY_SENTINEL_NAME to the name of the primary in the configuration of the Sentinels',
  ],
  [/READONLY|replica/, 'point VALKEY_ADDR to the primary, or use VALKEY_MODE=sentinel'],
  [
    /WRONGPASS|NOAUTH|NOPERM/,
    "set VALKEY_USERNAME and VALKEY_PASSWORD_FILE, and give the user the permissions in SECURITY.md, Valkey's ACL",
  ],
  [/certificate|self.signed|altname|SSL|TLS/i, 'set VALKEY_TLS and VALKEY_CA_FILE as for the server'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name cannot be resolved from here: correct it, or use kubectl port-forward'],
];
const UNREACHABLE =
  'start it, correct VALKEY_ADDR, or use kubectl port-forward; a NetworkPolicy may block the connection';

export const valkey: Check = {
  name: 'Valkey',
  sound: 'it answers, is a primary and does not evict records',
  async run(context) {
    try {
      return serverFindings(await (await context.store()).servers());
    } catch (error) {
      if (!(error instanceof NoRecordsError)) throw error;
      const { reason } = error;
      const fix = FIXES.find(([pattern]) => pattern.test(reason))?.[1] ?? UNREACHABLE;
      return [{ code: 'ASC301', subject: `Valkey ${addressOf(context.settings)}`, problem: reason, fix }];
    }
  },
};

/** @throws NotChecked if there is no other finding, and a server refuses INFO */
export function serverFindings(servers: readonly ServerFacts[]): Finding[] {
  const findings = servers.flatMap((server) => [...memoryFindings(server), ...indexFindings(server)]);
  const silent = servers.find(({ info }) => info === undefined);
  if (findings.length > 0 || silent === undefined) return findings;
  const why = silent.refused.find(({ command }) => command === 'INFO')?.reason ?? 'no reply';
  throw new NotChecked(
    `Valkey ${silent.address} answers and accepts records, but refuses INFO (${why}): its role, memory and eviction policy are unknown. Set maxmemory-policy noeviction, and allow INFO`,
  );
}

/** Another user, who writes, may have a right that this one lacks: only an unknown command is certain. */
function indexFindings({ address, refused }: ServerFacts): Finding[] {
  const unknown = refused.filter(({ command, reason }) => command !== 'INFO' && /unknown/i.test(reason));
  return unknown.map(({ command, reason }) => ({
    code: 'ASC305',
    subject: `Valkey ${address}`,
    problem: `it does not know ${command} (${reason}): the lists of pods are not trimmed and grow`,
    fix: `make ${command} available, or delete the keys KEY_PREFIX:{NAMESPACE}:pods from time to time`,
  }));
}

function memoryFindings({ address, info }: ServerFacts): Finding[] {
  if (info === undefined || info.maxMemory === 0) return [];
  const { maxMemory, usedMemory, evictionPolicy } = info;
  const subject = `Valkey ${address}`;
  const full = `${Math.round((100 * usedMemory) / maxMemory)} % of maxmemory is used`;
  if (evictionPolicy !== 'noeviction') {
    const problem = `maxmemory-policy is ${evictionPolicy}: it evicts records of running pods when it is full (${full})`;
    const finding = { subject, problem, fix: 'raise maxmemory before it is full' };
    // As in deploy/: when it is full, Valkey evicts the keys that expire next.
    return [{ code: usedMemory < NEARLY_FULL * maxMemory ? 'ASC303' : 'ASC302', ...finding }];
  }
  if (usedMemory < NEARLY_FULL * maxMemory) return [];
  return [
    {
      code: 'ASC304',
      subject,
      problem: `${full}; when it is full, it refuses records`,
      fix: 'raise maxmemory, or use a dedicated Valkey',
    },
  ];
}
