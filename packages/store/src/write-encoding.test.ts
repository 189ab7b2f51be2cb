import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf } from './testing/open-store.ts';
import { encodeWrite } from './write-encoding.ts';

/** The commands in `bytes`, as RESP2 arrays of bulk strings, in latin1. */
function decodeCommands(bytes: Buffer): string[][] {
  const text = bytes.toString('latin1');
  let at = 0;
  const count = (sign: string): number => {
    const end = text.indexOf('\r\n', at);
    assert.equal(text[at], sign, `at ${at}`);
    const value = Number(text.slice(at + 1, end));
    at = end + 2;
    return value;
  };
  const commands: string[][] = [];
  while (at < text.length) {
    const command: string[] = [];
    for (let left = count('*'); left > 0; left -= 1) {
      const length = count('$');
      command.push(text.slice(at, at + length));
      at += length;
      assert.equal(text.slice(at, at + 2), '\r\n');
      at += 2;
    }
    commands.push(command);
  }
  return commands;
}

test('a record is two SET with its own expiry, of which one answers with the head before, and a namespace one ZADD', () => {
  const records = [
    recordOf('shop', 'web-0', { arrival: 7.5, expiry: 49_999.6 }),
    recordOf('shop', 'web-1', { arrival: 8, expiry: 0.2 }),
    recordOf('bank', 'web-0', { arrival: 9 }),
  ];
  const { bytes, replies, indexCommands } = encodeWrite('p', records, true, () => false);
  const commands = decodeCommands(bytes);
  assert.deepEqual(commands, [
    ['SET', 'p:{shop}:head:web-0', 'head of web-0', 'PX', '50000', 'GET'],
    ['SET', 'p:{shop}:slots:web-0', 'slots of web-0', 'PX', '50000'],
    ['SET', 'p:{shop}:head:web-1', 'head of web-1', 'PX', '1', 'GET'],
    ['SET', 'p:{shop}:slots:web-1', 'slots of web-1', 'PX', '1'],
    ['SET', 'p:{bank}:head:web-0', 'head of web-0', 'PX', '50000', 'GET'],
    ['SET', 'p:{bank}:slots:web-0', 'slots of web-0', 'PX', '50000'],
    ['ZADD', 'p:{shop}:pods', '8', 'web-0', '8', 'web-1'],
    ['ZADD', 'p:{bank}:pods', '9', 'web-0'],
  ]);
  assert.equal(replies, commands.length);
  assert.deepEqual(indexCommands, [
    { key: 'p:{shop}:pods', text: 'ZADD p:{shop}:pods', isUpkeep: false },
    { key: 'p:{bank}:pods', text: 'ZADD p:{bank}:pods', isUpkeep: false },
  ]);
});

test('an index that is due loses pods of 5 minutes ago, and itself ends with them', () => {
  const { bytes, indexCommands } = encodeWrite(
    'p',
    [recordOf('shop', 'web-0', { arrival: 1_000_000 })],
    true,
    () => true,
  );
  assert.deepEqual(decodeCommands(bytes).slice(3), [
    ['ZREMRANGEBYSCORE', 'p:{shop}:pods', '-inf', '(700000'],
    ['PEXPIRE', 'p:{shop}:pods', '300000'],
  ]);
  assert.deepEqual(
    indexCommands.map(({ isUpkeep }) => isUpkeep),
    [false, true, true],
  );
});

test('an index keeps a pod at least twice as long as the record lives', () => {
  const record = recordOf('shop', 'web-0', { arrival: 10_000_000, expiry: 3_600_000 });
  const { bytes } = encodeWrite('p', [record], true, () => true);
  assert.deepEqual(decodeCommands(bytes).slice(3), [
    ['ZREMRANGEBYSCORE', 'p:{shop}:pods', '-inf', '(2800000'],
    ['PEXPIRE', 'p:{shop}:pods', '7200000'],
  ]);
});

test('every byte of a value and every character of a prefix arrives', () => {
  const head = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const { bytes } = encodeWrite(
    'préfixe',
    [recordOf('shop', 'web-0', { head, slots: Buffer.alloc(0) })],
    false,
    () => false,
  );
  const [first, second] = decodeCommands(bytes);
  assert.equal(Buffer.from(first?.[1] ?? '', 'latin1').toString(), 'préfixe:{shop}:head:web-0');
  assert.equal(first?.[2], head.toString('latin1'));
  assert.equal(second?.[2], '');
});
