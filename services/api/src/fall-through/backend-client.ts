import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Login } from '@activescale/kube';
import { StatusError } from '../http/status-error.ts';
import { BackendError } from './backend-error.ts';
import type { ByteAccount } from './byte-budget.ts';
import { FALL_THROUGH_HEADER } from './loop.ts';

/** The answer to a request, whatever its status. */
export interface BackendResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Limits of one request. */
export interface BackendLimits {
  /** From the start to the last byte of the answer, in ms. */
  readonly ms: number;
  /** Of the body. */
  readonly bytes: number;
  /** Of the bodies of all requests together; undefined: not limited. */
  readonly account?: ByteAccount;
}

/** Sends GET requests with the login of this process, and nothing of the client that asked. */
export interface BackendClient {
  /** Rejects with a BackendError, or with a StatusError of the account. */
  get(path: string, limits: BackendLimits): Promise<BackendResponse>;
  close(): void;
}

export interface BackendClientOptions {
  /** The name in its certificate, too. */
  readonly host: string;
  readonly port: number;
  /** PEM of the CAs that may have signed its certificate. */
  ca(): string;
  login(): Promise<Login>;
}

/** Idle connections are closed before Go's servers close them, after 90 s (k8s.io/apiserver secure_serving.go). In ms. */
const IDLE_MS = 60_000;
const MAX_IDLE = 8;

export function createBackendClient({ host, port, ca, login }: BackendClientOptions): BackendClient {
  const agent = new https.Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: IDLE_MS });

  const send = async (path: string, limits: BackendLimits, signal: AbortSignal) => {
    const { authorization, ...certificate } = await login();
    const request = https.request({
      host,
      port,
      path,
      agent,
      ...certificate,
      ca: ca(),
      servername: host,
      rejectUnauthorized: true,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'activescale-api',
        [FALL_THROUGH_HEADER]: 'true',
        ...(authorization !== undefined && { authorization }),
      },
      signal,
    });
    request.end();
    try {
      return await answerTo(request, limits);
    } catch (error) {
      // The server may close an idle connection while the request is on its way.
      if (request.reusedSocket && isReset(error)) return 'reset';
      throw error;
    }
  };

  const answer = async (path: string, limits: BackendLimits, signal: AbortSignal) => {
    for (;;) {
      const received = await send(path, limits, signal);
      if (received !== 'reset') return received;
    }
  };

  return {
    async get(path, limits) {
      const late = new BackendError(`no answer within ${limits.ms} ms`);
      const { promise: expired, reject } = Promise.withResolvers<never>();
      const abort = new AbortController();
      const timer = setTimeout(() => {
        abort.abort(late);
        reject(late);
      }, limits.ms);
      try {
        // The login may wait for a program of the kubeconfig, which is not aborted.
        return await Promise.race([answer(path, limits, abort.signal), expired]);
      } catch (error) {
        if (error instanceof BackendError || error instanceof StatusError) throw error;
        throw new BackendError(error instanceof Error ? error.message : String(error), { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => agent.destroy(),
  };
}

async function answerTo(
  request: ReturnType<typeof https.request>,
  { bytes, account }: BackendLimits,
): Promise<BackendResponse> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  const { statusCode = 0, headers } = response;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytes) throw new BackendError(`the answer is larger than ${bytes} bytes`);
    account?.take(chunk.length);
    chunks.push(chunk);
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks) };
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
