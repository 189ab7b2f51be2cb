import { startValkey, until } from '@activescale/devkit';
import { headKey, podsKey, slotsKey } from '@activescale/protocol/record';
import { Redis } from 'iovalkey';
import { connect } from './store.ts';
import type { RecordWrite } from './types.ts';

// CPU per record for the ways in which iovalkey could write it, and for reading heads.   npm run bench:store

const PREFIX = 'activescale';
const RECORDS_PER_TURN = 20_000;
const TURNS = 3;

await using valkey = await startValkey();
const redis = new Redis({ host: '127.0.0.1', port: valkey.port });
const store = connect({
  addresses: [{ host: '127.0.0.1', port: valkey.port }],
  mode: 'standalone',
  keyPrefix: PREFIX,
  clientName: 'bench',
  onState() {},
});
await until(() => store.state === 'up', { what: 'the store to be up' });

const bytes = (length: number, byte: number) => Buffer.alloc(length, byte % 128);

/** Expiries differ within a batch, as if flushes of different ages waited together. */
const records: readonly RecordWrite[] = Array.from({ length: 1_500 }, (_, index) => ({
  namespace: 'shop',
  name: `web-6f7c9d85b8-${index}`,
  head: bytes(60, index),
  slots: bytes(600, index),
  arrival: 1_700_000_000_000 + index,
  expiry: 50_000 - (index % 8),
}));

const keysOf = ({ namespace, name }: RecordWrite) =>
  [headKey(PREFIX, namespace, name), slotsKey(PREFIX, namespace, name)] as const;

const SET_ALL = `for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[2 * i - 1], 'PX', ARGV[2 * i]) end`;
const sha = String(await redis.script('LOAD', SET_ALL));

const WAYS: Readonly<Record<string, (batch: readonly RecordWrite[]) => Promise<unknown>>> = {
  'store.write()': (batch) => store.write(batch),
  async 'iovalkey pipeline, Buffers'(batch) {
    const pipeline = redis.pipeline();
    for (const record of batch) {
      const [head, slots] = keysOf(record);
      pipeline.set(head, record.head, 'PX', record.expiry);
      pipeline.set(slots, record.slots, 'PX', record.expiry);
    }
    pipeline.zadd(podsKey(PREFIX, 'shop'), ...batch.flatMap(({ arrival, name }) => [arrival, name]));
    await pipeline.exec();
  },
  async 'iovalkey pipeline, strings'(batch) {
    const pipeline = redis.pipeline();
    for (const record of batch) {
      const [head, slots] = keysOf(record);
      pipeline.set(head, record.head, 'PX', record.expiry).set(slots, record.slots, 'PX', record.expiry);
    }
    pipeline.zadd(podsKey(PREFIX, 'shop'), ...batch.flatMap(({ arrival, name }) => [arrival, name]));
    await pipeline.exec();
  },
  async 'EVALSHA, one argument per value'(batch) {
    const keys = batch.flatMap(keysOf);
    const values = batch.flatMap(({ head, slots, expiry }) => [head, expiry, slots, expiry]);
    await Promise.all([
      redis.evalsha(sha, keys.length, ...keys, ...values),
      redis.zadd(podsKey(PREFIX, 'shop'), ...batch.flatMap(({ arrival, name }) => [arrival, name])),
    ]);
  },
  // Only Valkey 9.1 and Redis 8.4, and one command for each expiry.
  async 'MSETEX by expiry'(batch) {
    const commands = [...Map.groupBy(batch, ({ expiry }) => expiry)].map(([expiry, same]) => {
      const pairs = same.flatMap((record) => {
        const [head, slots] = keysOf(record);
        return [head, record.head, slots, record.slots];
      });
      return redis.call('MSETEX', 2 * same.length, ...pairs, 'PX', expiry);
    });
    commands.push(
      redis.zadd(podsKey(PREFIX, 'shop'), ...batch.flatMap(({ arrival, name }) => [arrival, name])),
    );
    await Promise.all(commands);
  },
};

print(['', 'batch of 1', 'batch of 10', 'batch of 100', 'batch of 1,000']);
print(['---', '--:', '--:', '--:', '--:']);
for (const [name, way] of Object.entries(WAYS)) {
  const cells: string[] = [];
  for (const size of [1, 10, 100, 1_000]) {
    const batch = records.slice(0, size);
    cells.push((await cpuOf(RECORDS_PER_TURN / size, () => way(batch))).toFixed(1));
  }
  print([name, ...cells]);
}
process.stdout.write('\nµs of CPU for one record\n\n');

await store.write(records);
const names = records.map(({ name }) => name);
const heads = (await cpuOf(200, () => store.heads('shop', names), names.length)) / 1_000;
process.stdout.write(`heads() of 1,500 pods: ${(heads * names.length).toFixed(2)} ms of CPU\n`);

await store.close();
redis.disconnect();

/** The minimum of several turns, in µs per item: other load on the machine can only increase it. */
async function cpuOf(
  times: number,
  once: () => Promise<unknown>,
  per = RECORDS_PER_TURN / times,
): Promise<number> {
  const turns: number[] = [];
  for (let turn = 0; turn <= TURNS; turn += 1) {
    const before = process.cpuUsage();
    for (let done = 0; done < times; done += 1) await once();
    const { user, system } = process.cpuUsage(before);
    turns.push((user + system) / times / per);
  }
  return Math.min(...turns.slice(1));
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
