import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimOf, decodeIdentifier, familyNames, scanMessage } from '@activescale/protocol/envoy';
import { readMessages } from './recording.ts';
import { flushOf, frameOf, identifierOf } from './replay.ts';

const [, , , recorded = Buffer.alloc(0)] = readMessages('envoy/default.bin');
const NOW = 1_800_000_000_000;

/** The message in a gRPC frame. */
function messageIn(frame: Buffer): Buffer {
  assert.equal(frame[0], 0, 'not compressed');
  assert.equal(frame.readUInt32BE(1), frame.length - 5);
  return frame.subarray(5);
}

test('a replayed flush has the families of the recorded one, at the time that is set', () => {
  const replayed = messageIn(
    frameOf(
      flushOf(recorded, () => true),
      NOW,
    ),
  );
  assert.deepEqual(familyNames(replayed), familyNames(recorded));
  const { timestamp } = scanMessage(replayed, { wants: () => true });
  assert.equal(timestamp, NOW);
  assert.notEqual(scanMessage(recorded, { wants: () => true }).timestamp, NOW);
});

test('a flush can be thinned out, as a stats filter does', () => {
  const flush = flushOf(recorded, (family) => family.endsWith('.downstream_rq_active'));
  assert.deepEqual(familyNames(messageIn(frameOf(flush, NOW))), [
    'http.inbound_0.0.0.0_8080;.downstream_rq_active',
  ]);
});

test('the identifier in front makes it the flush of another pod', () => {
  const frame = frameOf(
    flushOf(recorded, () => true),
    NOW,
    identifierOf('bench', 'web-6f7c9d-7', 7),
  );
  const { identifier } = scanMessage(messageIn(frame), { wants: () => true });
  assert.ok(identifier);
  const pod = claimOf(decodeIdentifier(identifier));
  assert.equal(pod?.namespace, 'bench');
  assert.equal(pod?.name, 'web-6f7c9d-7');
  assert.equal(pod?.ip, '10.0.0.7');
});

test('the recorded flush itself is left as it was', () => {
  const flush = flushOf(recorded, () => true);
  const before = Buffer.from(flush.families);
  frameOf(flush, NOW);
  assert.deepEqual(flush.families, before);
});
