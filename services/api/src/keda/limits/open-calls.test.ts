import assert from 'node:assert/strict';
import { test } from 'node:test';
import { END_HEADERS, END_STREAM, H2_PREFACE, h2Frame } from '@activescale/devkit';
import { observeCalls } from './open-calls.ts';

const NONE = Buffer.alloc(0);
const headers = (stream: number, flags = 0) =>
  h2Frame('headers', END_HEADERS | flags, stream, Buffer.alloc(7));
const data = (stream: number, flags = 0) => h2Frame('data', flags, stream, Buffer.alloc(20));
const reset = (stream: number) => h2Frame('rst', 0, stream, Buffer.alloc(4));

/** A connection that has sent its preface. */
function begun() {
  let open = 0;
  const calls = observeCalls({ onOpened: () => open++, onClosed: () => open-- });
  calls.received(H2_PREFACE);
  return { ...calls, open: () => open };
}

test('a call is open until both sides have ended it', () => {
  const calls = begun();
  calls.received(headers(1));
  calls.received(data(1, END_STREAM));
  assert.equal(calls.open(), 1);
  calls.sent(headers(1));
  calls.sent(data(1));
  assert.equal(calls.open(), 1);
  calls.sent(headers(1, END_STREAM));
  assert.equal(calls.open(), 0);
});

test('a call whose client has not ended it is open after its answer', () => {
  const calls = begun();
  calls.received(headers(1));
  calls.sent(headers(1, END_STREAM));
  assert.equal(calls.open(), 1);
  calls.received(data(1, END_STREAM));
  assert.equal(calls.open(), 0);
});

test('a reset by either side ends a call', () => {
  const calls = begun();
  calls.received(Buffer.concat([headers(1), headers(3), headers(5), reset(1)]));
  assert.equal(calls.open(), 2);
  calls.sent(reset(3));
  assert.equal(calls.open(), 1);
});

test('trailers of a client, and frames of calls that are not open, open none', () => {
  const calls = begun();
  calls.received(Buffer.concat([headers(3), headers(3, END_STREAM)]));
  calls.sent(headers(3, END_STREAM));
  calls.received(Buffer.concat([headers(3), headers(1), data(9), reset(9), h2Frame('ping', 0, 0, NONE)]));
  assert.equal(calls.open(), 0);
});

test('frames are found in bytes that arrive one by one', () => {
  const calls = begun();
  const bytes = Buffer.concat([headers(1), data(1, END_STREAM), headers(3), data(3), headers(5)]);
  for (const byte of bytes) calls.received(Buffer.from([byte]));
  assert.equal(calls.open(), 3);
  for (const byte of headers(1, END_STREAM)) calls.sent(Buffer.from([byte]));
  assert.equal(calls.open(), 2);
});

test('the calls of a connection that has closed are not open', () => {
  const calls = begun();
  calls.received(Buffer.concat([headers(1), headers(3)]));
  calls.close();
  calls.received(reset(1));
  assert.equal(calls.open(), 0);
});
