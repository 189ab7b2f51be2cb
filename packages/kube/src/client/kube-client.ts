import type { Agent } from 'node:http';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** A response of an API server other than 2xx. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code = 'ERR_KUBE_STATUS';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface KubeRequest {
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** Requests to the cluster's API server. All reject with a KubeError, or with the error of the connection. */
export interface KubeClient {
  /** The body of a GET as a stream, once the headers are 2xx. The caller reads or destroys it. */
  stream(path: string, request: KubeRequest): Promise<IncomingMessage>;
  get<T>(path: string, request: KubeRequest): Promise<T>;
  post<T>(path: string, body: unknown, request: KubeRequest): Promise<T>;
  /** Server-side apply with our field manager: creates the object, or sets exactly the fields of `body`. */
  apply(path: string, body: object, request: KubeRequest): Promise<void>;
  delete(path: string, request: KubeRequest): Promise<void>;
}

/** The body of a server-side apply. JSON is a part of YAML. */
const APPLY_PATCH = 'application/apply-patch+yaml';
/** Maximum length of an error body, which is quoted in messages. */
const MAX_ERROR_BYTES = 4096;
/** Detects a dead peer, together with the reader's limit of silence. */
const KEEP_ALIVE_MS = 30_000;
/** Time-out for response headers, also of a watch, which starts at once. In ms. */
const HEADERS_MS = 10_000;

/**
 * client-node loads the configuration and the credentials (exec plugins, rotating in-cluster tokens). The
 * requests are our own, because its watch cannot set Accept or restrict the response.
 * @param userAgent our name in the API server's audit log
 */
export function createKubeClient(config: KubeConfig, userAgent: string): KubeClient {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster (KUBECONFIG)');
  // client-node's agents open a connection for every request. This one keeps one for each login.
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };

  const send = async (
    method: string,
    path: string,
    { accept = 'application/json', signal }: KubeRequest,
    body?: string,
  ): Promise<IncomingMessage> => {
    const url = new URL(path, cluster.server);
    const protocol = url.protocol === 'http:' ? 'http:' : 'https:';
    const login: https.RequestOptions = {};
    // Read for each request, because a token may have been rotated.
    await config.applyToHTTPSOptions(login);
    const slow = new AbortController();
    const options = {
      ...login,
      method,
      // Only client-node's agent supports a proxy.
      agent: cluster.proxyUrl === undefined ? agents[protocol] : (login.agent as Agent),
      headers: {
        accept,
        'user-agent': userAgent,
        ...(body !== undefined && { 'content-type': method === 'PATCH' ? APPLY_PATCH : 'application/json' }),
        ...login.headers,
      },
      signal: signal === undefined ? slow.signal : AbortSignal.any([signal, slow.signal]),
    };
    const timer = setTimeout(() => slow.abort(new Error(`no answer within ${HEADERS_MS} ms`)), HEADERS_MS);
    try {
      return await new Promise((resolve, reject) => {
        const request = protocol === 'http:' ? http.request(url, options) : https.request(url, options);
        request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
        request.on('response', resolve);
        request.on('error', reject);
        request.end(body);
      });
    } catch (error) {
      throw options.signal.aborted ? options.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  };

  const successful = async (method: string, path: string, request: KubeRequest, body?: string) => {
    const response = await send(method, path, request, body);
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const what = path.split('?', 1)[0];
    throw new KubeError(statusCode, `${method} ${what}: ${statusCode} ${await errorText(response)}`);
  };

  return {
    stream: (path, request) => successful('GET', path, request),
    get: async <T>(path: string, request: KubeRequest) =>
      (await json(await successful('GET', path, request))) as T,
    post: async <T>(path: string, body: unknown, request: KubeRequest) =>
      (await json(await successful('POST', path, request, JSON.stringify(body)))) as T,
    apply: async (path, body, request) => {
      const named = `${path}?fieldManager=activescale&force=true`;
      (await successful('PATCH', named, request, JSON.stringify(body))).resume();
    },
    delete: async (path, request) => {
      (await successful('DELETE', path, request)).resume();
    },
  };
}

async function json(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** The message of the Status in a response, or its text. */
async function errorText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length >= MAX_ERROR_BYTES) break;
  }
  try {
    const status = JSON.parse(text) as { message?: unknown };
    if (typeof status.message === 'string') return status.message;
  } catch {
    // not every error comes from the API server itself
  }
  return text.slice(0, MAX_ERROR_BYTES).trim();
}
