import { type ClientHttp2Session, connect, constants } from 'node:http2';

/** One answer of the API. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The quantities of a list's items by the pods' names, as written. */
  readonly values: Readonly<Record<string, string>>;
}

/** Asks api over TLS and HTTP/2, as kube-apiserver does. */
export interface Query extends AsyncDisposable {
  get(path: string): Promise<Answer>;
  /** active_requests of one pod, or of all (`*`) that the selector matches. */
  ask(namespace: string, pod: string, labelSelector?: string): Promise<Answer>;
}

interface List {
  readonly items?: readonly { readonly describedObject: { readonly name: string }; readonly value: string }[];
}

export function createQuery(securePort: number): Query {
  let session: ClientHttp2Session | undefined;
  const opened = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      // The standalone api signs its certificate itself, and both ends are on this machine's loopback.
      session = connect(`https://127.0.0.1:${securePort}`, { rejectUnauthorized: false });
      session.on('error', () => {}); // each request reports it
    }
    return session;
  };

  const get = async (path: string): Promise<Answer> => {
    const request = opened().request({ [constants.HTTP2_HEADER_PATH]: path });
    const headers = new Promise<Answer['headers']>((resolve) => request.once('response', resolve));
    const body = Buffer.concat(await request.toArray()).toString();
    const { [constants.HTTP2_HEADER_STATUS]: status, ...others } = await headers;
    return { status: Number(status), headers: others, body, values: valuesOf(body) };
  };
  const ask = (namespace: string, pod: string, labelSelector?: string): Promise<Answer> => {
    const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
    const pods = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/pods`;
    return get(`${pods}/${pod}/active_requests${query}`);
  };
  return {
    get,
    ask,
    async [Symbol.asyncDispose]() {
      session?.destroy();
    },
  };
}

function valuesOf(body: string): Record<string, string> {
  const { items = [] } = body.startsWith('{') ? (JSON.parse(body) as List) : {};
  return Object.fromEntries(items.map(({ describedObject, value }) => [describedObject.name, value]));
}
