import type { Json } from '@activescale/protocol/testing';
import { status } from '@grpc/grpc-js';
import { frame, openRawStream, type RawStream } from '../../e2e/client.ts';
import type { Assault, IngestTarget } from '../lib/assault.ts';

/** The attacker's pod. */
export const ROGUE = '127.0.0.66';

export const MIB = 2 ** 20;

/** What the attacker's pod calls itself. */
export function nodeOf(pod: string, metadata: Readonly<Record<string, Json>> = {}, ip = ROGUE) {
  return {
    id: `sidecar~${ip}~${pod}.evil~evil.svc.cluster.local`,
    metadata: { NAME: pod, NAMESPACE: 'evil', ...metadata },
  };
}

/** A gauge that counts, of any listener. */
export const gaugeOf = (listener: string | number) => `http.inbound_${listener};.downstream_rq_active`;

interface CallOptions {
  readonly gzip?: boolean;
  readonly from?: string;
}

/** A call whose answer counts as the attacker's. */
export function callTo(
  { target, got }: Assault<IngestTarget>,
  { gzip = false, from = ROGUE }: CallOptions = {},
): RawStream {
  const headers = gzip ? { 'grpc-encoding': 'gzip' } : {};
  const call = openRawStream(target.grpcPort, headers, { from });
  void call.status.then((code) =>
    got(code === status.CANCELLED ? 'no answer' : (status[code] ?? String(code))),
  );
  return call;
}

/** Sends messages over one call after another until the attack ends; a call that was answered is replaced. */
export async function repeatCalls(
  assault: Assault<IngestTarget>,
  { gzip, from }: CallOptions,
  send: (call: RawStream, open: () => boolean) => Promise<void>,
): Promise<void> {
  while (!assault.signal.aborted) {
    const call = callTo(assault, { gzip: gzip ?? false, from: from ?? ROGUE });
    let answered = false;
    void call.status.then(() => {
      answered = true;
    });
    await send(call, () => !answered && !assault.signal.aborted);
    await call[Symbol.asyncDispose]();
  }
}

export const plain = (message: Buffer) => frame(message, false);
export const packed = (message: Buffer) => frame(message, true);
