import { END_HEADERS, END_STREAM, h2Frame, h2Headers } from '@activescale/devkit';
import { EXTERNAL_SCALER, type Method, type ScaledObjectRef } from '@activescale/protocol/keda';

export const FIELDS: Readonly<Record<string, string>> = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': EXTERNAL_SCALER.IsActive.path,
  ':authority': 'api',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** A gRPC message. */
export function message(bytes: Buffer, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A whole call: HEADERS, and DATA with its request. */
export function callOf<Request, Response>(
  stream: number,
  { path, requestSerialize }: Method<Request, Response>,
  request: Request,
): Buffer {
  return Buffer.concat([
    h2Frame('headers', END_HEADERS, stream, h2Headers({ ...FIELDS, ':path': path })),
    ...framesOf(stream, message(requestSerialize(request))),
  ]);
}

const FRAME_BYTES = 16_384;

function framesOf(stream: number, bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
    const isLast = at + FRAME_BYTES >= bytes.length;
    frames.push(h2Frame('data', isLast ? END_STREAM : 0, stream, bytes.subarray(at, at + FRAME_BYTES)));
  }
  return frames;
}

/** The nth of many different triggers, each in a namespace of its own. */
export function triggerOf(n: number, selector = `app in (web,x${n})`): ScaledObjectRef {
  return {
    name: `web-${n}`,
    namespace: `n${n % 1_000}`,
    scalerMetadata: { metric: 'active_requests', target: '1', selector },
  };
}
