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
  /** The body as it comes, once the headers said 2xx. Whoever takes it reads or destroys it. */
  stream(path: string, request: KubeRequest): Promise<IncomingMessage>;
}

/** A refusal's body is quoted in messages; more of it is not read. */
const MAX_ERROR_BYTES = 4096;
/** Notices a peer that is gone without a word, together with the reader's own limit of silence. */
const KEEP_ALIVE_MS = 30_000;

/**
 * client-node knows how to reach and log in to the cluster (exec plugins, rotating in-cluster tokens); the requests are
 * plain, because its watch can neither set Accept nor leave out what is not needed (kubernetes-metrics-api, 11.8).
 */
export function createKubeClient(config: KubeConfig): KubeClient {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('the kubeconfig names no cluster (KUBECONFIG)');

  const open = async (path: string, { accept, signal }: KubeRequest): Promise<IncomingMessage> => {
    const url = new URL(path, server);
    const login: https.RequestOptions = {};
    // Each time anew: a token may have been rotated.
    await config.applyToHTTPSOptions(login);
    const options = {
      ...login,
      agent: login.agent as Agent,
      headers: { accept: accept ?? 'application/json', 'user-agent': 'activescale-api', ...login.headers },
      ...(signal && { signal }),
    };
    return new Promise((resolve, reject) => {
      const request = url.protocol === 'http:' ? http.request(url, options) : https.request(url, options);
      request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      request.on('response', resolve);
      request.on('error', reject);
      request.end();
    });
  };

  return {
    async stream(path, request) {
      const response = await open(path, request);
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) return response;
      const what = path.split('?', 1)[0];
      throw new KubeError(statusCode, `GET ${what}: ${statusCode} ${await errorText(response)}`);
    },
  };
}

async function errorText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length >= MAX_ERROR_BYTES) break;
  }
  return text.slice(0, MAX_ERROR_BYTES).trim();
}
