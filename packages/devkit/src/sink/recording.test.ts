import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeRecording, encodeRecorded } from './recording.ts';

const messages = [
  { stream: 0, arrival: 1_790_000_000_000.25, message: Buffer.from('first') },
  { stream: 1, arrival: 1_790_000_000_001.5, message: Buffer.alloc(0) },
  { stream: 0, arrival: 1_790_000_001_000, message: Buffer.from('second') },
];

test('a recording gives back its messages with stream and arrival', () => {
  assert.deepEqual(decodeRecording(Buffer.concat(messages.map(encodeRecorded))), messages);
});

test('the header is 16 bytes: length, stream, arrival, little endian', () => {
  const bytes = encodeRecorded({ stream: 2, arrival: 1, message: Buffer.from('ab') });
  assert.equal(bytes.toString('hex'), '0200000002000000000000000000f03f6162');
});

test('a recording that was cut is an error that names the place', () => {
  const bytes = Buffer.concat(messages.map(encodeRecorded));
  assert.throws(() => decodeRecording(bytes.subarray(0, -1)), /within the message at byte 37/);
});
