import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { Credential } from '../pki.ts';
import { collectionPath, type KubeObject } from './object.ts';

/** What a server answered, whatever its status. */
export interface KubeResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface KubeRequest {
  method?: string;
  headers?: OutgoingHttpHeaders;
  /** Sent as JSON. */
  body?: unknown;
  /** ms until it is given up; 30 s unless named. */
  timeout?: number;
}

/** One user's requests to one server. All but `request` reject with the server's message when it is not 2xx. */
export interface KubeClient extends Disposable {
  request(path: string, options?: KubeRequest): Promise<KubeResponse>;
  get<T = KubeObject>(path: string): Promise<T>;
  /** The items of a list. */
  list<T = KubeObject>(path: string): Promise<T[]>;
  /** Creates the object, or lays it over what has its name (server-side apply). */
  apply(object: KubeObject): Promise<KubeObject>;
  /** A JSON merge patch. */
  patch(path: string, patch: object): Promise<KubeObject>;
  delete(path: string): Promise<void>;
}

export interface KubeServer {
  host: string;
  port: number;
  /** The authority of its certificate, PEM. */
  ca: string;
  /** The name that its certificate has to have, unless that is `host`. */
  servername?: string;
}

/** A client for the user of a client certificate; without one, for the anonymous user. */
export function createKubeClient(server: KubeServer, credential?: Credential): KubeClient {
  const { host, port, ca, servername } = server;
  const agent = new Agent({ keepAlive: true, ca, ...credential, ...(servername && { servername }) });

  const send = (path: string, { method = 'GET', headers, body, timeout = 30_000 }: KubeRequest = {}) =>
    new Promise<KubeResponse>((resolve, reject) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = { host, port, path, method, agent, headers: { ...type, ...headers } };
      const sent = request(options, async (response) => {
        try {
          const body = Buffer.concat(await response.toArray()).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        } catch (error) {
          reject(error);
        }
      });
      const late = new Error(`${method} ${path}: no answer within ${timeout} ms`);
      sent.setTimeout(timeout, () => sent.destroy(late));
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const checked = async <T>(path: string, options: KubeRequest = {}): Promise<T> => {
    const { status, body } = await send(path, options);
    if (status < 200 || status > 299) {
      throw new Error(`${options.method ?? 'GET'} ${path}: ${status} ${body.slice(0, 500)}`);
    }
    return JSON.parse(body) as T;
  };
  const patch = (path: string, body: object, type: string) =>
    checked<KubeObject>(path, { method: 'PATCH', headers: { 'content-type': type }, body });

  return {
    request: send,
    get: (path) => checked(path),
    list: async <T>(path: string) => (await checked<{ items: T[] }>(path)).items,
    apply: (object) =>
      patch(
        `${collectionPath(object)}/${object.metadata.name}?fieldManager=devkit&force=true`,
        object,
        'application/apply-patch+yaml', // of which JSON is a part
      ),
    patch: (path, body) => patch(path, body, 'application/merge-patch+json'),
    delete: async (path) => void (await checked(path, { method: 'DELETE' })),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
