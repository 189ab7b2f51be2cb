import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, start, startValkey, until, type Valkey, valkeyBinary } from '@activescale/devkit';
import { Redis } from 'iovalkey';

export interface WatchedPair extends AsyncDisposable {
  readonly primary: Valkey;
  readonly replica: Valkey;
  /** Port of the one sentinel. It notices a lost primary after 500 ms, and decides alone. */
  readonly sentinelPort: number;
}

export const PRIMARY_NAME = 'records';

export async function startSentinel(): Promise<WatchedPair> {
  await using started = new AsyncDisposableStack();
  const primary = started.use(await startValkey());
  const replica = started.use(
    await startValkey({
      args: ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0'],
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  started.defer(() => rmSync(folder, { recursive: true }));
  const sentinelPort = await freePort();
  const config = join(folder, 'sentinel.conf');
  // A sentinel rewrites its file, so settings cannot come by the command line alone.
  writeFileSync(
    config,
    [
      `port ${sentinelPort}`,
      'bind 127.0.0.1',
      `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${PRIMARY_NAME} 500`,
      `sentinel failover-timeout ${PRIMARY_NAME} 3000`,
    ].join('\n'),
  );
  started.use(start({ command: await valkeyBinary(), args: [config, '--sentinel'] }));
  const sentinel = new Redis({ host: '127.0.0.1', port: sentinelPort });
  sentinel.on('error', () => {}); // it may not listen yet
  try {
    await until(
      async () => ((await sentinel.call('SENTINEL', 'REPLICAS', PRIMARY_NAME)) as unknown[]).length === 1,
      {
        deadline: 30_000,
        what: 'the sentinel to know the replica',
      },
    );
  } finally {
    sentinel.disconnect();
  }
  const kept = started.move();
  return { primary, replica, sentinelPort, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
