import { createServer, type ServerHttp2Stream } from 'node:http2';

// The floor of what any server on node:http2 pays for a message: takes the bytes and drops them, with the windows of
// ingest. It runs as a separate process, whose first line of output is its port.
const WINDOW_BYTES = 1024 * 1024;
const server = createServer({ settings: { initialWindowSize: WINDOW_BYTES } });
server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
server.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('error', () => {}); // the client left
  stream.on('data', () => {});
  stream.on('end', () => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' };
    stream.respond(headers, { endStream: true });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') process.stdout.write(`${address.port}\n`);
});
