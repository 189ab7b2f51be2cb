import type { OutgoingHttpHeaders } from 'node:http2';
import type { ApiTarget, Assault, Attack } from '../lib/assault.ts';
import { connectionAttacks } from '../lib/connections.ts';
import { floodsOf } from '../lib/floods.ts';
import { handshakeAttacks } from '../lib/handshakes.ts';
import { API, askCluster, askDirectly, HONEST_QUERY, leaveCluster, ROGUE, VIEWER_QUERY } from './asking.ts';
import { ADAPTER_ATTACKS } from './hostile-adapter.ts';
import { KEDA_ATTACKS } from './keda/attacks.ts';
import { smallChunks } from './small-chunks.ts';
import { unreadAnswers } from './unread-answers.ts';

/** Requests of three pods without any credential, to api itself. */
function direct(
  name: string,
  request: (n: number) => OutgoingHttpHeaders,
  { atOnce = 20, body }: { atOnce?: number; body?: Buffer } = {},
): Attack<ApiTarget> {
  return {
    name,
    async run(assault) {
      const pod = (index: number) => {
        const options = { from: `127.0.0.${66 + index}`, atOnce };
        const numbered = (n: number) => request(3 * n + index);
        return askDirectly(assault, { ...options, request: numbered, ...(body && { body }) });
      };
      await Promise.all([0, 1, 2].map(pod));
    },
  };
}

/** Requests of a user by way of kube-apiserver. */
function asUser(
  name: string,
  user: 'viewer' | 'nobody',
  request: (n: number) => readonly [path: string, headers?: OutgoingHttpHeaders],
): Attack<ApiTarget> {
  const run = (assault: Assault<ApiTarget>) =>
    askCluster(assault, { user: assault.target[user], atOnce: 4, request });
  return { name, run };
}

const get = (path: string) => ({ ':path': path });

/** A unique selector that matches the viewer's pod and has about this length. */
function selectorOf(n: number, length: number): string {
  const conditions = Array.from({ length: Math.floor(length / 6) }, (_, i) => `!k${i.toString(36)}`);
  return encodeURIComponent(`app=web,x${n}!=1,${conditions.join()}`)
    .replaceAll('%2C', ',')
    .replaceAll('%21', '!');
}

/** Names that are slow for an expression with quadratic time. */
const RUNS = [
  '/'.repeat(60_000),
  '%2F'.repeat(20_000),
  '/./'.repeat(16_000),
  '%'.repeat(60_000),
  ' '.repeat(50_000),
];
const runOf = (n: number) => RUNS[n % RUNS.length] ?? '';

const LONG = 'x'.repeat(150_000);

export const API_ATTACKS: readonly Attack<ApiTarget>[] = [
  direct('long-paths', (n) => get(`/apis/${runOf(n)}x`)),
  asUser('long-paths-of-a-viewer', 'viewer', (n) => [
    `${API}/namespaces/mine/pods/${encodeURI(runOf(n).slice(0, 20_000))}x`,
  ]),
  asUser('large-requests', 'nobody', (n) =>
    n % 2 === 0 ? [`${API}?x=${LONG}`] : [API, { 'x-large': LONG }],
  ),
  direct('made-up-tokens', (n) => ({ ...get(HONEST_QUERY), authorization: `Bearer made-up-${n}` }), {
    atOnce: 80,
  }),
  direct('made-up-paths', (n) => get(`${API}/namespaces/n${n}/pods/*/active_requests`), { atOnce: 80 }),
  // Refused from memory: the review of so small a path is cached.
  direct('refused-requests', () => get('/apis/x'), { atOnce: 240 }),
  {
    name: 'cancelled-requests',
    seconds: 12, // node:http2 ends a connection after 1,000 resets and 33 more a second
    run: (assault) =>
      leaveCluster(assault, {
        user: assault.target.viewer,
        atOnce: 2,
        path: `${VIEWER_QUERY}?labelSelector=a`,
      }),
  },
  asUser('selectors', 'viewer', (n) => [`${VIEWER_QUERY}?labelSelector=${selectorOf(n, 1_400)}`]),
  asUser('large-selectors', 'viewer', (n) => [`${VIEWER_QUERY}?labelSelector=${selectorOf(n, 58_000)}`]),
  asUser('made-up-names', 'viewer', (n) => [`${API}/namespaces/mine/r${n}.example.com/x${n}/m${n}`]),
  direct('endless-bodies', () => ({ ...get(HONEST_QUERY), ':method': 'POST' }), {
    body: Buffer.alloc(65_536),
  }),
  unreadAnswers,
  smallChunks,
  ...floodsOf<ApiTarget>({
    connection: ({ securePort }) => ({ port: securePort, from: ROGUE, alpn: 'h2' }),
    fields: { ':method': 'GET', ':scheme': 'https', ':path': HONEST_QUERY, ':authority': 'api' },
  }),
  ...connectionAttacks<ApiTarget>(({ securePort }) => ({ port: securePort, from: ROGUE, alpn: 'h2' })),
  // As many connections as the port has.
  ...handshakeAttacks<ApiTarget>({
    portOf: ({ securePort }) => securePort,
    addresses: Array.from({ length: 10 }, (_, i) => `127.0.0.${66 + i}`),
    held: 1_000,
  }),
  ...KEDA_ATTACKS,
  ...ADAPTER_ATTACKS,
];
