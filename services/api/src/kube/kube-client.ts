import type { Agent } from 'node:http';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** An API server's answer other than 2xx. */
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
  /** The body of a GET as it comes, once the headers said 2xx. Whoever takes it reads or destroys it. */
  stream(path: string, request: KubeRequest): Promise<IncomingMessage>;
  get<T>(path: string, request: KubeRequest): Promise<T>;
  post<T>(path: string, body: unknown, request: KubeRequest): Promise<T>;
  /** Server-side apply under our name: creates the object, or sets the fields that `body` has and no others. */
  apply(path: string, body: object, request: KubeRequest): Promise<void>;
}

/** The body of a server-side apply. JSON is a part of YAML. */
const APPLY_PATCH = 'application/apply-patch+yaml';
/** A refusal's body is quoted in messages; more of it is not read. */
const MAX_ERROR_BYTES = 4096;
/** Notices a peer that is gone without a word, together with the reader's own limit of silence. */
const KEEP_ALIVE_MS = 30_000;
/** A server that has not even sent its headers by then is gone: also a watch begins at once. In ms. */
const HEADERS_MS = 10_000;

/**
 * client-node knows how to reach and log in to the cluster (exec plugins, rotating in-cluster tokens); the requests are
 * plain, because its watch can neither set Accept nor leave out what is not needed (kubernetes-metrics-api, 11.8).
 */
export function createKubeClient(config: KubeConfig): KubeClient {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster (KUBECONFIG)');
  // client-node's own agents open a connection for every request. Ours keep one for each login.
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
    // Each time anew: a token may have been rotated.
    await config.applyToHTTPSOptions(login);
    const slow = new AbortController();
    const options = {
      ...login,
      method,
      // Through a proxy only client-node's agent knows the way.
      agent: cluster.proxyUrl === undefined ? agents[protocol] : (login.agent as Agent),
      headers: {
        accept,
        'user-agent': 'activescale-api',
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
  };
}

async function json(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** The message of the Status that a refusal carries, or else the text that it is. */
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
    // not every refusal comes from the API server itself
  }
  return text.slice(0, MAX_ERROR_BYTES).trim();
}
