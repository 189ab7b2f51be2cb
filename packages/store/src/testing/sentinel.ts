import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  type Process,
  start,
  startValkey,
  until,
  type Valkey,
  valkeyBinary,
} from '@activescale/devkit';
import { Redis, type RedisOptions } from 'iovalkey';

export interface Sentinel extends AsyncDisposable {
  readonly port: number;
  readonly process: Process;
}

export interface WatchedPair extends AsyncDisposable {
  readonly primary: Valkey;
  readonly replica: Valkey;
  /** Port of the only Sentinel. It detects a lost primary after 500 ms, and decides alone. */
  readonly sentinelPort: number;
}

export interface WatchedOptions {
  /** Password of both servers. */
  readonly password?: string;
  /** More arguments of both servers. */
  readonly args?: readonly string[];
  /** More lines of the Sentinel's file, such as `requirepass`. */
  readonly lines?: readonly string[];
  /** The test's credentials for the Sentinel. */
  readonly login?: Pick<RedisOptions, 'username' | 'password'>;
}

export const PRIMARY_NAME = 'records';

/** A Sentinel that monitors `primaryPort`. @param lines more of its file */
export async function startOneSentinel(
  primaryPort: number,
  lines: readonly string[] = [],
): Promise<Sentinel> {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  const port = await freePort();
  const config = join(folder, 'sentinel.conf');
  // A Sentinel rewrites its file, so settings cannot be passed only by the command line.
  const fixed = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primaryPort} 1`,
    `sentinel down-after-milliseconds ${PRIMARY_NAME} 500`,
    `sentinel failover-timeout ${PRIMARY_NAME} 3000`,
  ];
  writeFileSync(config, [...fixed, ...lines].join('\n'));
  const sentinel = start({ command: await valkeyBinary(), args: [config, '--sentinel'] });
  await sentinel.line((line) => line.includes('+monitor') || undefined, 'it watched');
  return {
    port,
    process: sentinel,
    async [Symbol.asyncDispose]() {
      await sentinel.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A primary, its replica, and a Sentinel that monitors both. */
export async function startSentinel(options: WatchedOptions = {}): Promise<WatchedPair> {
  const { password, args = [], lines = [], login = {} } = options;
  await using started = new AsyncDisposableStack();
  const both = [
    ...(password === undefined ? [] : ['--requirepass', password, '--primaryauth', password]),
    ...args,
  ];
  const primary = started.use(await startValkey({ args: both }));
  const ofReplica = ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0'];
  const replica = started.use(await startValkey({ args: [...ofReplica, ...both] }));
  const auth = password === undefined ? [] : [`sentinel auth-pass ${PRIMARY_NAME} ${password}`];
  const { port } = started.use(await startOneSentinel(primary.port, [...auth, ...lines]));
  const sentinel = new Redis({ host: '127.0.0.1', port, ...login });
  try {
    await until(
      async () => ((await sentinel.call('SENTINEL', 'REPLICAS', PRIMARY_NAME)) as unknown[]).length === 1,
      {
        deadline: 30_000,
        what: 'the Sentinel to know the replica',
      },
    );
  } finally {
    sentinel.disconnect();
  }
  const kept = started.move();
  return { primary, replica, sentinelPort: port, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
