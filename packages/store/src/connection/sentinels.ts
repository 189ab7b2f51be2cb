import type { Address } from '@activescale/runtime';
import { type CommonRedisOptions, Redis } from 'iovalkey';
import { errorText, isReplyError, StoreError } from '../store-error.ts';
import type { StoreOptions } from '../types.ts';
import { callerConnects } from './client-options.ts';
import type { Login, SentinelCredentials } from './credentials.ts';

/** Maximum number of Sentinels to query, including those found by discovery. */
const MAX_LEARNED = 16;

/** The Sentinels of one primary: https://valkey.io/topics/sentinel-clients/ */
export interface Sentinels {
  /** Queries one after another. @throws StoreError with the answer of each */
  findPrimary(): Promise<Address>;
  /** The last answer was of no use: query the next one first. */
  distrust(): void;
  /** Ends a search. */
  close(): void;
}

export function createSentinels(options: StoreOptions, credentials: () => SentinelCredentials): Sentinels {
  const name = options.sentinel?.name;
  if (name === undefined) throw new TypeError('sentinel: needed with mode sentinel');
  /** The first one to query is at index 0. */
  let known: readonly Address[] = options.addresses;
  let asked: Redis | undefined;
  let closed = false;

  const askOne = async (address: Address, { logins, tls }: SentinelCredentials) => {
    let reason: unknown;
    const sentinel = new Redis({
      ...callerConnects(options, tls === undefined ? {} : { tls }),
      ...(address as CommonRedisOptions),
    });
    asked = sentinel;
    sentinel.on('error', (error) => {
      reason = error;
    });
    try {
      await sentinel.connect();
      const primary = await loggedIn(sentinel, logins, () =>
        sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
      );
      if (!Array.isArray(primary)) throw new Error(`it watches no primary named ${JSON.stringify(name)}`);
      return { primary: addressIn(primary[0], primary[1]), others: await othersOf(sentinel, name) };
    } catch (error) {
      // The cause of a closed connection is more informative than the fact that it is closed.
      throw isReplyError(error) ? error : (reason ?? error);
    } finally {
      sentinel.disconnect();
    }
  };

  return {
    async findPrimary() {
      const current = credentials();
      const reasons: string[] = [];
      for (const address of known) {
        if (closed) break;
        try {
          const { primary, others } = await askOne(address, current);
          if (primary === undefined) throw new Error('it named no address');
          known = updated(known, address, [...options.addresses, ...others.slice(0, MAX_LEARNED)]);
          return primary;
        } catch (error) {
          reasons.push(`${address.host}:${address.port}: ${errorText(error)}`);
        }
      }
      throw new StoreError('ERR_STORE_DOWN', `no Sentinel named the primary: ${reasons.join('; ')}`);
    },
    distrust() {
      const [last, ...others] = known;
      if (last !== undefined) known = [...others, last];
    },
    close() {
      closed = true;
      asked?.disconnect();
    },
  };
}

/**
 * A Sentinel may have a password, other users than the servers, or neither, and refuses an AUTH that it does
 * not need, so the first attempt is without.
 */
async function loggedIn<T>(sentinel: Redis, logins: readonly Login[], ask: () => Promise<T>): Promise<T> {
  let refusal: unknown;
  for (const login of [undefined, ...logins]) {
    try {
      if (login?.length === 1) await sentinel.auth(login[0]);
      if (login?.length === 2) await sentinel.auth(login[0], login[1]);
      return await ask();
    } catch (error) {
      if (!/^(NOAUTH|NOPERM|WRONGPASS|ERR AUTH) /.test(errorText(error))) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The other Sentinels that it knows, as a fallback for those in the settings; none if it does not answer. */
async function othersOf(sentinel: Redis, name: string): Promise<readonly Address[]> {
  const replies = await sentinel.call('SENTINEL', 'SENTINELS', name).catch(() => []);
  if (!Array.isArray(replies)) return [];
  return replies.flatMap((reply) => {
    const fields = Array.isArray(reply) ? reply.map(String) : [];
    const field = (key: string) => fields[fields.indexOf(key) + 1];
    return addressIn(field('ip'), field('port')) ?? [];
  });
}

function addressIn(host: unknown, port: unknown): Address | undefined {
  const number = Number(port);
  if (typeof host !== 'string' || host === '' || !(number >= 1 && number <= 65_535)) return undefined;
  return { host, port: number };
}

/** `answered`, then the others of `current` in the order of discovery. */
function updated(
  known: readonly Address[],
  answered: Address,
  current: readonly Address[],
): readonly Address[] {
  const key = ({ host, port }: Address) => `${host} ${port}`;
  const kept = new Set(current.map(key));
  const stillKnown = known.filter((address) => kept.has(key(address)));
  return [
    ...new Map([answered, ...stillKnown, ...current].map((address) => [key(address), address])).values(),
  ];
}
