import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from '@activescale/devkit';

/** The Service of the other adapter. */
export const OTHER = { namespace: 'monitoring', service: 'other-adapter' };
export const OTHER_HOST = `${OTHER.service}.${OTHER.namespace}.svc`;

/** Makes a service resolve the names of Services, which no DNS knows here. */
export const RESOLVES_SERVICES = {
  NODE_OPTIONS: `--import=${join(import.meta.dirname, 'service-names.ts')}`,
};

/** Files of a serving certificate for the other adapter, and of its CA. */
export interface OtherCertificate extends AsyncDisposable {
  readonly folder: string;
  readonly ca: Authority;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export async function otherCertificate(): Promise<OtherCertificate> {
  const ca = await createAuthority('other-adapter');
  const folder = await mkdtemp(join(tmpdir(), 'other-adapter-'));
  const [caFile, certFile, keyFile] = [
    join(folder, 'ca.crt'),
    join(folder, 'tls.crt'),
    join(folder, 'tls.key'),
  ];
  const { cert, key } = await ca.sign({ name: OTHER_HOST, names: [OTHER_HOST], use: 'server' });
  await Promise.all([writeFile(caFile, ca.cert), writeFile(certFile, cert), writeFile(keyFile, key)]);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, ca, caFile, certFile, keyFile, [Symbol.asyncDispose]: remove };
}

/** Answers a request as a test asks for, and remembers what was sent. */
export interface FakeAdapter extends AsyncDisposable {
  readonly port: number;
  readonly caFile: string;
  readonly ca: Authority;
  readonly requests: IncomingMessage[];
  /** Of queries; discovery lists `pods/other` and has its own answer. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Serves with a certificate of this authority and for this name. */
  present(ca: Authority, name: string): Promise<void>;
  /** Closes its port, and opens the same one again. */
  die(): Promise<void>;
  revive(): Promise<void>;
}

/** An adapter with faults: what no real one does on demand. */
export async function startFakeAdapter(): Promise<FakeAdapter> {
  const files = await otherCertificate();
  const { ca, caFile } = files;
  const certificate = (by: Authority, name: string) => by.sign({ name, names: [name], use: 'server' });
  const server: Server = createServer(await certificate(ca, OTHER_HOST));
  const requests: IncomingMessage[] = [];
  const fake: Pick<FakeAdapter, 'answer'> = { answer: (_, response) => json(response, 200, LIST) };
  server.on('request', (request, response) => {
    const isDiscovery = /^\/apis\/[^/]+\/v1beta\d$/.test(request.url ?? '');
    if (!isDiscovery) requests.push(request);
    if (isDiscovery) json(response, 200, DISCOVERY);
    else fake.answer(request, response);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const die = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  return Object.assign(fake, {
    port,
    caFile,
    ca,
    requests,
    async present(by: Authority, name: string) {
      server.setSecureContext(await certificate(by, name));
      server.closeAllConnections();
    },
    die,
    async revive() {
      await listen(port);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await die();
      await files[Symbol.asyncDispose]();
    },
  });
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const DISCOVERY = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'custom.metrics.k8s.io/v1beta2',
  resources: [
    { name: 'pods/other', singularName: '', namespaced: true, kind: 'MetricValueList', verbs: ['get'] },
  ],
};

/** One value of `other`. */
export const LIST = {
  kind: 'MetricValueList',
  apiVersion: 'custom.metrics.k8s.io/v1beta2',
  metadata: {},
  items: [
    {
      describedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', apiVersion: '/v1' },
      metric: { name: 'other', selector: null },
      timestamp: '2026-11-29T12:00:00Z',
      value: '7',
    },
  ],
};
