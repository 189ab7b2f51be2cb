import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { EXTERNAL_SCALER } from '@activescale/protocol/keda';
import { createGrpcServer } from './server.ts';

const REF = { name: 'so', namespace: 'shop', scalerMetadata: {} };

/** A server that counts its streams, and a client that writes the frames of its calls as it likes. */
async function start(t: TestContext) {
  let open = 0;
  const grpc = createGrpcServer({
    scaler: {
      isActive: async () => ({ result: true }),
      getMetricSpec: () => ({ metricSpecs: [] }),
      getMetrics: async () => ({ metricValues: [] }),
    },
    streamIsActive() {
      open++;
      return () => open--;
    },
    streamMetricSpec: () => () => {},
    maxStreams: 10,
    onEnded() {},
  });
  const server = createServer((socket) => grpc.serve(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(async () => {
    session.destroy();
    server.close();
    await grpc.close();
  });
  return { session, open: () => open };
}

function call(session: ClientHttp2Session, method: string, headers: Record<string, string> = {}) {
  const path = `/externalscaler.ExternalScaler/${method}`;
  const fixed = { 'content-type': 'application/grpc', te: 'trailers' };
  return session.request({ ':method': 'POST', ':path': path, ...fixed, ...headers }, { endStream: false });
}

function message(): Buffer {
  const bytes = EXTERNAL_SCALER.StreamIsActive.requestSerialize(REF);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  const [headers] = await once(stream, 'response');
  return headers['grpc-status'];
}

/** Resolves once the server has read what was written before. */
async function settled(session: ClientHttp2Session): Promise<void> {
  const unary = call(session, 'IsActive');
  unary.end(message());
  unary.resume();
  await once(unary, 'close');
}

test('a call whose deadline passes before its request is complete opens no stream', async (t) => {
  const { session, open } = await start(t);
  const late = call(session, 'StreamIsActive', { 'grpc-timeout': '20m' });
  late.write(message());
  assert.equal(await statusOf(late), '4', 'DEADLINE_EXCEEDED');
  late.end();
  await settled(session);
  assert.equal(open(), 0);
});

test('a call that is refused for its size before its request is complete opens no stream', async (t) => {
  const { session, open } = await start(t);
  const large = call(session, 'StreamIsActive');
  large.write(message());
  await settled(session);
  large.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]));
  assert.equal(await statusOf(large), '8', 'RESOURCE_EXHAUSTED');
  large.end();
  await settled(session);
  assert.equal(open(), 0);
});
