import type { ServerResponse } from 'node:http';
import { LIST, OTHER, RESOLVES_SERVICES, startFakeAdapter } from '../../contract/other-adapter.ts';
import type { ApiTarget, Attack } from '../lib/assault.ts';
import { API, askCluster } from './asking.ts';

// A hostile adapter behind api, and a user who queries its metrics.

const MIB = 1024 * 1024;
/** Below the largest answer that api takes. */
const LARGE = 2 * MIB - 1_024;

const list = (items: string) =>
  Buffer.from(`{"kind":"${LIST.kind}","apiVersion":"${LIST.apiVersion}","metadata":{},"items":[${items}]}`);
const filled = (text: string) => text.repeat(Math.floor(LARGE / text.length));
const WIDE = list(`${filled('{},')}{}`);
const DEEP = list(`${'['.repeat(LARGE / 2)}${']'.repeat(LARGE / 2)}`);
const PIECE = Buffer.alloc(64 * 1024, ' ');

/** By the metric. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  wide: (response) => response.end(WIDE),
  deep: (response) => response.end(DEEP),
  endless(response) {
    const pour = () => {
      while (!response.destroyed && response.write(PIECE));
    };
    response.on('drain', pour);
    pour();
  },
  drip(response) {
    const timer = setInterval(() => response.write(' '), 10);
    response.once('close', () => clearInterval(timer));
  },
};

export interface HostileAdapter extends AsyncDisposable {
  /** Settings of api. */
  readonly settings: Readonly<Record<string, string>>;
}

export async function startHostileAdapter(): Promise<HostileAdapter> {
  const fake = await startFakeAdapter();
  fake.answer = ({ url = '' }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const answer = ANSWERS[url.split('/').at(-1) ?? ''];
    if (answer === undefined) response.end('{}');
    else answer(response);
  };
  return {
    settings: {
      ...RESOLVES_SERVICES,
      KEDA_PORT: '0',
      FALLTHROUGH_CUSTOM: `${OTHER.namespace}/${OTHER.service}:${fake.port}`,
      FALLTHROUGH_CUSTOM_CA_FILE: fake.caFile,
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

/** More than the queries of a user that api has in flight to an adapter. */
const AT_ONCE = 40;

/** A user asks for a metric as fast as possible. */
export const ADAPTER_ATTACKS: readonly Attack<ApiTarget>[] = Object.keys(ANSWERS).map((metric) => ({
  name: `adapter-${metric}`,
  outward: true,
  run: (assault) =>
    askCluster(assault, {
      user: assault.target.viewer,
      atOnce: AT_ONCE,
      request: () => [`${API}/namespaces/mine/pods/*/${metric}`],
    }),
}));
