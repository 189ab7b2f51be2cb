import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

// The floor of what an aggregated API server can be: one body for every path but discovery. A separate process:
//   node test/bench/query/static-server.ts CERT KEY BODY GROUP
// Its first line of output is its port.
const [cert = '', key = '', file = '', group = ''] = process.argv
  .slice(2)
  .map((arg, i) => (i < 3 ? readFileSync(arg) : arg));
const versioned = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/v1`, resources: [] };
const discovery = Buffer.from(JSON.stringify(versioned));
const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
  const path = request.url.split('?', 1)[0];
  const known = path === `/apis/${group}/v1`;
  if (path?.startsWith(`/apis/${group}/v1`) !== true) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(known ? discovery : file);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
