import { HealthCheckError } from '@activescale/protocol/grpc-health';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type ServerDuplexStream,
  type ServerReadableStream,
  status,
} from '@grpc/grpc-js';
import { LimitError, REFUSALS } from '../refusal.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import { addressOf, hangUp, OURS } from './grpc-call.ts';
import { useDecoder } from './grpc-internals.ts';
import type { Health } from './health.ts';
import { createQuota, type Limit } from './quota.ts';

/** Calls open at once, of all clients: nearly all are Watches, and an Envoy opens none of those. */
const MAX_CALLS = 1_000;
/** The name of a service has far less. */
const MAX_REQUEST_BYTES = 4_096;
/** For requests that have not arrived in full, over all calls: each piece counts as the 64 KiB that sockets are read by. */
const MAX_UNFINISHED_BYTES = 16 * 1024 * 1024;

export interface HealthCallsOptions {
  readonly health: Health;
  readonly maxCalls?: number;
  /** A call was ended because a limit was reached. */
  refused(peer: string, error: LimitError): void;
}

/** The calls of `grpc.health.v1.Health` that are open. Of too many, the address with the most loses one. */
export interface HealthCalls {
  readonly check: handleClientStreamingCall<Buffer, Buffer>;
  readonly watch: handleBidiStreamingCall<Buffer, Buffer>;
  /** Ends every call, and each new one, with UNAVAILABLE. */
  endAll(): void;
}

type Call = ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

interface Handling {
  /** Takes the request. True: the call is answered. @throws HealthCheckError */
  request(bytes: Buffer): boolean;
  fail(code: status, details: string): void;
  /** The call is over, however that came about. */
  over?(): void;
}

interface OpenCall {
  readonly peer: string;
  end(code: status, details: string): void;
}

/**
 * Both methods are registered as client streams, which are the same on the wire: the handler of a unary call would only
 * run when grpc-js has the whole request, of up to 32 MiB, which a stranger could let each call hold.
 */
export function createHealthCalls(options: HealthCallsOptions): HealthCalls {
  const { health, maxCalls = MAX_CALLS } = options;
  const open = new Set<OpenCall>();
  let closed = false;
  const limits: Readonly<Record<Limit, () => LimitError>> = {
    streams: () =>
      new LimitError('ERR_LIMIT_STREAMS', `there are ${maxCalls} calls of grpc.health.v1.Health already`),
    memory: () =>
      new LimitError(
        'ERR_LIMIT_MEMORY',
        `unfinished requests of grpc.health.v1.Health hold ${MAX_UNFINISHED_BYTES} bytes`,
      ),
  };
  const quota = createQuota<OpenCall>({
    maxStreams: maxCalls,
    maxBytes: MAX_UNFINISHED_BYTES,
    exceeded(call, limit) {
      const error = limits[limit]();
      options.refused(call.peer, error);
      call.end(REFUSALS[error.code].status, error.message);
    },
  });

  const accept = (call: Call, { request, fail, over }: Handling): void => {
    const peer = call.getPeer();
    let asked = false;
    const take = (bytes: Buffer): void => {
      if (asked || !open.has(entry)) return;
      asked = true;
      try {
        if (request(bytes)) finish();
      } catch (error) {
        if (!(error instanceof HealthCheckError)) throw error;
        entry.end(status.INVALID_ARGUMENT, error.message);
      }
    };
    const decoder = createFrameDecoder({
      pool: { take: (size) => Buffer.allocUnsafeSlow(size) },
      maxMessageBytes: MAX_REQUEST_BYTES,
      message: take,
      holds: (bytes) => quota.holds(entry, bytes),
    });
    const stream = useDecoder(call, decoder);
    const finish = (): void => {
      if (!open.delete(entry)) return;
      quota.close(entry);
      decoder.close();
      over?.();
      hangUp(stream);
    };
    const entry: OpenCall = {
      peer,
      end(code, details) {
        if (!open.has(entry)) return;
        finish();
        fail(code, details);
      },
    };
    open.add(entry);
    if (closed) entry.end(status.UNAVAILABLE, 'shutting down');
    else if (quota.open(entry, addressOf(peer))) {
      call.on('data', (bytes: Buffer) => {
        decoder.unpacked();
        take(bytes);
      });
      call.on('end', () => {
        if (!asked) entry.end(status.INVALID_ARGUMENT, 'the call ended without a HealthCheckRequest');
      });
      call.on('cancelled', finish);
      call.on('error', finish);
    }
  };

  return {
    check(call, respond) {
      const fail = (code: status, details: string) => respond({ code, details, metadata: OURS });
      accept(call, {
        request(bytes) {
          const response = health.check(bytes);
          if (response === undefined) fail(status.NOT_FOUND, 'unknown service');
          else respond(null, response);
          return true;
        },
        fail,
      });
    },
    watch(call) {
      let stop = () => {};
      accept(call, {
        request(bytes) {
          stop = health.watch(bytes, (response) => call.write(response));
          return false;
        },
        fail: (code, details) => call.emit('error', { code, details, metadata: OURS }),
        over: () => stop(),
      });
    },
    endAll() {
      closed = true;
      for (const entry of [...open]) entry.end(status.UNAVAILABLE, 'shutting down');
    },
  };
}
