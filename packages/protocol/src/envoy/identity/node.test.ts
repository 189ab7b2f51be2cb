import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage, type Json } from '../../testing/stream-metrics.ts';
import { field, repeated } from '../../testing/wire-bytes.ts';
import { scanMessage } from '../scan.ts';
import { decodeIdentifier, type EnvoyNode, MAX_IDENTIFIER_BYTES, MAX_IDENTIFIER_VALUES } from './node.ts';

const MALFORMED = { code: 'ERR_ENVOY_MALFORMED' };
const TOO_LARGE = { code: 'ERR_ENVOY_IDENTIFIER_SIZE' };

const entry = (key: string, value: Uint8Array) => field(1, field(1, Buffer.from(key)), field(2, value));
const identifier = (metadata: Uint8Array) => field(1, field(3, metadata));
const list = (items: Uint8Array) => field(6, items);
const EMPTY = [0x0a, 0x00];

function decodeMetadata(metadata: { readonly [key: string]: Json }): EnvoyNode {
  const message = encodeMessage({ node: { id: 'x', metadata }, timestamp: 0, families: [] });
  const bytes = scanMessage(message, { wants: () => false }).identifier;
  assert.ok(bytes);
  return decodeIdentifier(bytes);
}

test('metadata of any shape reads as an independent library wrote it', () => {
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      fc.boolean(),
      fc.double({ noNaN: true }),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('json'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json, { maxKeys: 5 }), (metadata) => {
      const node = decodeMetadata(metadata);
      for (const [key, value] of Object.entries(metadata))
        assert.deepEqual(plain(node.metadata(key)), plain(value));
      assert.equal(node.metadata('no such key'), undefined);
    }),
  );
});

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('a member that comes twice has its last value, as in protobuf', () => {
  const text = (value: string) => field(3, Buffer.from(value));
  const metadata = Buffer.concat([entry('NAME', text('first')), entry('NAME', text('last'))]);
  assert.equal(decodeIdentifier(identifier(metadata)).metadata('NAME'), 'last');
  assert.equal(decodeIdentifier(identifier(field(1, field(1, Buffer.from('NAME'))))).metadata('NAME'), null);
});

test('an identifier has a limited number of bytes', () => {
  const fill = (bytes: number) => field(9, Buffer.alloc(bytes));
  assert.equal(decodeIdentifier(fill(MAX_IDENTIFIER_BYTES - 4)).id, '');
  assert.throws(() => decodeIdentifier(fill(MAX_IDENTIFIER_BYTES - 3)), {
    ...TOO_LARGE,
    message: `the identifier has ${MAX_IDENTIFIER_BYTES + 1} bytes, more than ${MAX_IDENTIFIER_BYTES}`,
  });
});

test('empty values are counted wherever they are, although none of them is asked for', () => {
  const many = MAX_IDENTIFIER_VALUES + 1;
  const half = Math.ceil(many / 2);
  const bombs: Readonly<Record<string, Uint8Array>> = {
    'items of a list': entry('A', list(repeated(EMPTY, many))),
    'entries of the metadata': repeated(EMPTY, many),
    'entries of a struct': entry('LABELS', field(5, repeated(EMPTY, many))),
    'lists in one value': entry('A', repeated([0x32, 0x00], many)),
    'structs in one value': entry('A', repeated([0x2a, 0x00], many)),
    'values of one entry': field(1, repeated([0x12, 0x02, 0x2a, 0x00], many)),
    'lists in a list': entry('A', list(repeated([0x0a, 0x02, 0x32, 0x00], half))),
    'many small members': repeated([...entry('k', field(3, Buffer.from('v')))], many),
  };
  for (const [name, metadata] of Object.entries(bombs))
    assert.throws(() => decodeIdentifier(identifier(metadata)), TOO_LARGE, name);
  const twoNodes = Buffer.concat([identifier(repeated(EMPTY, half)), identifier(repeated(EMPTY, half))]);
  assert.throws(() => decodeIdentifier(twoNodes), TOO_LARGE);
});

test('as many values as the limit allows are decoded', () => {
  const node = decodeIdentifier(identifier(entry('A', list(repeated(EMPTY, MAX_IDENTIFIER_VALUES - 2)))));
  const value = node.metadata('A');
  assert.ok(Array.isArray(value));
  assert.equal(value.length, MAX_IDENTIFIER_VALUES - 2);
});

test('metadata nested deeper than the limit is refused, at any depth of the sender', () => {
  const nested = (levels: number) => {
    let value = field(3, Buffer.from('x'));
    for (let i = 0; i < levels; i++)
      value = i % 2 === 0 ? list(field(1, value)) : field(5, entry('a', value));
    return identifier(entry('A', value));
  };
  assert.ok(decodeIdentifier(nested(32)).metadata('A'));
  for (const levels of [33, 100, 1000, 10_000])
    assert.throws(() => decodeIdentifier(nested(levels)), MALFORMED, `${levels} levels`);
});

test('metadata that breaks off is malformed', () => {
  const whole = identifier(entry('NAME', field(3, Buffer.from('web'))));
  for (let length = 1; length < whole.length; length++)
    assert.throws(() => decodeIdentifier(whole.subarray(0, length)), MALFORMED);
});
