import type { ServerFacts } from '@activescale/store';
import { addressOf, NoRecordsError } from '../records/open.ts';
import type { Check, Finding } from './finding.ts';

/** Above this share of the limit it is a question of days. */
const NEARLY_FULL = 0.9;

/** By what the connection says; the first that matches. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/READONLY|replica/, 'point VALKEY_ADDR to the primary, or use VALKEY_MODE=sentinel'],
  [
    /WRONGPASS|NOAUTH|NOPERM/,
    'set VALKEY_USERNAME and VALKEY_PASSWORD_FILE, and the rights in packages/store/src/store.ts',
  ],
  [/certificate|self.signed|altname|SSL|TLS/i, 'set VALKEY_TLS and VALKEY_CA_FILE to what the server uses'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is not known from here: correct it, or port-forward'],
];
const UNREACHABLE = 'start it, correct VALKEY_ADDR, or port-forward to it; NetworkPolicies may stand between';

export const valkey: Check = {
  name: 'Valkey',
  sound: 'it answers, is a primary and throws no record away',
  async run(context) {
    try {
      const servers = await (await context.store()).servers();
      return servers.flatMap(memoryFindings);
    } catch (error) {
      if (!(error instanceof NoRecordsError)) throw error;
      const { reason } = error;
      const fix = FIXES.find(([pattern]) => pattern.test(reason))?.[1] ?? UNREACHABLE;
      return [{ subject: `Valkey ${addressOf(context.settings)}`, problem: reason, fix }];
    }
  },
};

function memoryFindings({ address, maxMemory, usedMemory, evictionPolicy }: ServerFacts): Finding[] {
  if (maxMemory === 0) return [];
  const subject = `Valkey ${address}`;
  const full = `${Math.round((100 * usedMemory) / maxMemory)} % of maxmemory is used`;
  if (evictionPolicy !== 'noeviction') {
    const problem = `maxmemory-policy is ${evictionPolicy}: it throws records of living pods away when it is full (${full})`;
    return [{ subject, problem, fix: 'CONFIG SET maxmemory-policy noeviction, and give it room' }];
  }
  if (usedMemory < NEARLY_FULL * maxMemory) return [];
  return [
    {
      subject,
      problem: `${full}, then it takes no records`,
      fix: 'raise maxmemory, or give us a Valkey of our own',
    },
  ];
}
