/** HTTP/2 by hand (RFC 9113), for clients that do what no library would. */
const TYPES = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

/** What a client's connection begins with: the preface and its SETTINGS, none of which are set. */
export const H2_PREFACE: Buffer = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  h2Frame('settings', 0, 0, Buffer.alloc(0)),
]);

export function h2Frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = TYPES[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Header fields as HPACK literals without indexing (RFC 7541, 6.2.2); names and values of at most 126 bytes. */
export function h2Headers(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  );
}

/** HEADERS of a gRPC call. */
export function h2GrpcCall(
  stream: number,
  path: string,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const fields = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'ingest',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...more,
  };
  return h2Frame('headers', END_HEADERS, stream, h2Headers(fields));
}
