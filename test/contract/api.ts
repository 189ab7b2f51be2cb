import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { type Api, startApi, startValkey, until, type Valkey } from '@activescale/devkit';
import {
  ALL_STATS,
  emptySlot,
  encodeHead,
  encodePodRecord,
  type Head,
  type Slot,
} from '@activescale/protocol/record';
import type { RecordWrite, Store } from '@activescale/store';
import { openStore } from './open-store.ts';

export const V1BETA2 = '/apis/custom.metrics.k8s.io/v1beta2';
export const V1BETA1 = '/apis/custom.metrics.k8s.io/v1beta1';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request over HTTP/1.1. The certificate is not verified: these tests are about what is said. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const request = https.request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers,
    rejectUnauthorized: false,
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** One request over HTTP/2. */
export async function askHttp2(port: number, path: string): Promise<Answer> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  try {
    const stream = session.request({ ':path': path });
    const [headers] = (await once(stream, 'response')) as [
      http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
    ];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { status: headers[':status'] ?? 0, headers, body: Buffer.concat(chunks).toString() };
  } finally {
    session.close();
  }
}

/** A pod as ingest would have stored it. */
export interface StoredPod extends Partial<Head> {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** How long ago its last flush arrived, in ms. */
  readonly age?: number;
  /** How long its record lives, in ms. */
  readonly expiry?: number;
  /** What its Istio names as the workload. */
  readonly workload?: string;
  /** Newest first, each of a second and before the one that it follows unless it says otherwise. */
  readonly slots?: readonly Partial<Slot>[];
  /** Of the buckets in its slots, in ms. */
  readonly bounds?: readonly number[];
  /** Stored in place of its head. */
  readonly bytes?: Buffer;
}

export interface Bench extends AsyncDisposable {
  readonly valkey: Valkey;
  readonly api: Api;
  readonly store: Store;
  /** Stores the pods; returns the time of "now" that their ages count from, ms by Valkey's clock. */
  put(...pods: readonly StoredPod[]): Promise<number>;
  get(path: string, ask?: Ask): Promise<Answer>;
}

/** api without a cluster, on its own Valkey. */
export async function startStandalone(env: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const valkey = await startValkey();
  const api = await startApi({ VALKEY_ADDR: valkey.addr, STANDALONE: 'true', ...env });
  const store = await openStore(valkey);
  await until(async () => !(await readyz(api)).includes('[!]'), { what: "api's connection to Valkey" });
  return {
    valkey,
    api,
    store,
    async put(...pods) {
      const now = Math.floor(store.clock.now() ?? 0);
      const report = await store.write(pods.map((pod) => recordOf(pod, now)));
      if (report.written !== pods.length) throw new Error(`written: ${JSON.stringify(report)}`);
      return now;
    },
    get: (path, options) => ask(api.securePort, path, options),
    async [Symbol.asyncDispose]() {
      await store.close();
      await api.stop();
      await valkey.stop();
    },
  };
}

export async function readyz(api: Api): Promise<string> {
  return (await fetch(`http://127.0.0.1:${api.adminPort}/readyz?verbose`)).text();
}

export async function metricsOf(api: Api): Promise<string> {
  return (await fetch(`http://127.0.0.1:${api.adminPort}/metrics`)).text();
}

/** What a pod proves that has sent every stat, and one that has sent none. */
const LIVE = {
  sent: ALL_STATS,
  provenZero: 0,
  filterShown: false,
  unrecognized: false,
  template: 7,
  proxyId: 9,
} as const;
export const IDLE = { ...LIVE, sent: 0 } as const;

/** The record that ingest would write. */
export function recordOf(pod: StoredPod, now: number): RecordWrite {
  const { name, namespace = 'shop', labels = {}, age = 0, expiry = 60_000, bytes, ...rest } = pod;
  const { workload = 'web', slots: given = [], bounds = [], ...fields } = rest;
  const arrival = now - age;
  const head: Head = {
    arrival,
    flushLength: 1_000,
    ip: '10.0.0.1',
    ipVerified: false,
    proxy: 'sidecar',
    active: 0,
    upstreamActive: 0,
    pending: 0,
    ...LIVE,
    ...fields,
  };
  const checkpoint = { timestamp: 0, flushLength: 0, uptime: 0, scopes: [] };
  const record = {
    workload,
    ip: '',
    labels,
    bounds: bounds.length === 0 ? [] : [bounds],
    checkpoint,
    slots: slotsBefore(arrival, given),
  };
  const slots = encodePodRecord(record, head);
  return {
    namespace,
    name,
    arrival,
    expiry,
    slots,
    head: bytes ?? encodeHead(head),
  };
}

function slotsBefore(arrival: number, given: readonly Partial<Slot>[]): Slot[] {
  let end = arrival;
  return given.map((fields) => {
    const slot: Slot = { ...emptySlot(), length: 1_000, end, ...fields };
    end -= slot.length;
    return slot;
  });
}

/** The names of the built-in catalogue for pods, in its order. */
export const METRICS = [
  'active_requests',
  'active_requests_mean_1m',
  'active_requests_mean_10s',
  'active_requests_max_1m',
  'upstream_active_requests',
  'upstream_active_requests_max_1m',
  'pending_requests',
  'requests_per_second',
  'request_duration_seconds_mean',
  'request_duration_seconds_p50',
  'request_duration_seconds_p95',
  'request_duration_seconds_p99',
  'request_error_ratio',
] as const;

/** The names for destinations, likewise. */
export const DEMAND_METRICS = [
  'demand_requests',
  'demand_active_requests',
  'demand_active_requests_mean_1m',
  'demand_active_requests_mean_10s',
  'demand_active_requests_max_1m',
  'demand_pending_requests',
  'demand_requests_per_second',
  'demand_rejected_requests_per_second',
  'demand_request_duration_seconds_mean',
  'demand_request_duration_seconds_p50',
  'demand_request_duration_seconds_p95',
  'demand_request_duration_seconds_p99',
  'demand_request_error_ratio',
] as const;

/** RFC 3339 as the API writes it: UTC, whole seconds. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
