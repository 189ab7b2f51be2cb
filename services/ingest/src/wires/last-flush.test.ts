import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { SILENCE_MS } from '../flush/assembly.ts';
import type { PodStream } from '../pod-stream.ts';
import { PATIENCE } from './grpc/limits/patience.ts';
import { connectTo, framed, openRaw, setUp } from './testing/ingest-server.ts';

const QUICK = { ...PATIENCE, tick: 20 };

test('close answers every open stream, and takes what comes until then', async () => {
  await using setup = await setUp();
  const streams = [setup.open(), setup.open(), setup.open()];
  for (const { call } of streams) {
    call.write('one');
    await once(setup.seen, 'message');
  }
  const closed = setup.server.close();
  streams[0]?.call.write('late');
  await once(setup.seen, 'message');
  const late = setup.open();
  assert.equal((await late.answer).code, status.UNAVAILABLE);
  for (const { answer } of streams) assert.equal((await answer).code, status.OK);
  await closed;
  assert.deepEqual([setup.counts.ended, setup.server.streams], [3, 0]);
});

test('close lets a flush complete that waits for a batch', async () => {
  const clock = { ms: 1_000_000 };
  const counts = { begun: 0, complete: 0 };
  /** A flush is complete after a silence. */
  const openStream = (): PodStream => {
    let silence: NodeJS.Timeout | undefined;
    const complete = () => {
      silence = undefined;
      counts.complete++;
    };
    return {
      isUnderWay: () => silence !== undefined,
      message() {
        counts.begun++;
        silence = setTimeout(complete, SILENCE_MS);
      },
      end: () => clearTimeout(silence),
    };
  };
  await using setup = await setUp({ now: () => clock.ms, openStream });
  const session = connectTo(setup.server.port);
  const stream = openRaw(session);
  stream.write(framed('one'));
  await until(() => counts.complete === 1, { what: 'the first flush' });
  clock.ms -= 20_000; // the time of the next batch comes in 20 s
  stream.write(framed('two'));
  await new Promise((resolve) => session.ping(resolve));
  assert.equal(counts.begun, 1, 'it waits');
  await setup.server.close();
  assert.deepEqual(counts, { begun: 2, complete: 2 });
  session.destroy();
});

test('a connection of some age goes away, its stream is answered after a flush, none is lost', async () => {
  await using setup = await setUp({ maxConnectionAge: 300, patience: QUICK });
  const goaway = Promise.withResolvers<void>();
  const session = connectTo(setup.server.port);
  session.once('goaway', () => goaway.resolve());
  const stream = openRaw(session);
  const answered = once(stream, 'trailers');
  const send = (text: string) => stream.write(framed(Buffer.from(text)));
  send('one');
  await goaway.promise;
  assert.equal(setup.server.streams, 1, 'it waits for a flush');
  setup.control.underWay = true;
  send('two');
  await until(() => setup.counts.messages.length === 2, { what: 'the second message' });
  assert.equal(setup.server.streams, 1, 'a flush is in flight');
  setup.control.underWay = false;
  const [trailers] = await answered;
  assert.equal(trailers['grpc-status'], '0');
  assert.deepEqual([setup.counts.rotated, setup.counts.messages], [1, ['one', 'two']]);
  stream.end();
  await once(session, 'close');
});

test('a stream that is to end takes all messages that wait before it is answered', async () => {
  const clock = { ms: 1_000_000 };
  await using setup = await setUp({ now: () => clock.ms, maxConnectionAge: 1_000, patience: QUICK });
  const session = connectTo(setup.server.port);
  const stream = openRaw(session);
  const answered = once(stream, 'trailers');
  stream.write(framed('one'));
  await once(setup.seen, 'message');
  clock.ms += 2_000;
  await once(session, 'goaway');
  clock.ms -= 20_000; // the time of the next batch comes in 20 s
  for (const text of ['two', 'three']) stream.write(framed(text));
  await new Promise((resolve) => session.ping(resolve));
  clock.ms += 20_000;
  stream.write(framed('four'));
  await answered;
  assert.deepEqual(setup.counts.messages, ['one', 'two', 'three', 'four']);
  session.destroy();
});

test('a stream is answered at once where the flush that completes comes in one message', async () => {
  await using setup = await setUp({ maxConnectionAge: 100, patience: QUICK });
  const { call, answer } = setup.open();
  using _timer = setInterval(() => call.write('one'), 10);
  assert.equal((await answer).code, status.OK);
  assert.equal(setup.counts.rotated, 1);
});
