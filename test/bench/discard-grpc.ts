import { STREAM_METRICS_PATHS, STREAM_METRICS_RESPONSE } from '@activescale/protocol/envoy';
import { type handleClientStreamingCall, Server, ServerCredentials } from '@grpc/grpc-js';

// The floor of what any grpc-js server pays for a message: takes the bytes and drops them. A separate process, whose
// first line of output is its port.
const discard: handleClientStreamingCall<Buffer, Buffer> = (call, respond) => {
  call.on('data', () => {});
  call.on('end', () => respond(null, STREAM_METRICS_RESPONSE));
  call.on('error', () => {}); // the client left
};
const server = new Server({ 'grpc.max_receive_message_length': 32 * 1024 * 1024, 'grpc.enable_channelz': 0 });
const raw = (bytes: Buffer) => bytes;
for (const path of STREAM_METRICS_PATHS) server.register(path, discard, raw, raw, 'clientStream');
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
