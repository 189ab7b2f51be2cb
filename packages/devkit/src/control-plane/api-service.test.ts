import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { after, before } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { type Authority, createAuthority } from '../pki.ts';
import { until } from '../process/until.ts';
import { apiCredential, applyApiServices, registerApi, whyUnavailable } from './api-service.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

let cluster: ControlPlane;
before(async () => {
  cluster = await startControlPlane();
});
after(() => cluster.stop());

/** An aggregated server that tells what the aggregator says about a request and about itself. */
async function startEcho(ca: Authority): Promise<Server> {
  const answer = ({ headers, socket }: IncomingMessage) => {
    const proxy = (socket as TLSSocket).getPeerX509Certificate();
    return JSON.stringify({ headers, proxy: proxy?.toString() });
  };
  const credential = await apiCredential(ca);
  const options = { ...credential, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => {
    response.setHeader('content-type', 'application/json').setHeader('connection', 'close');
    response.end(answer(request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

interface Echo {
  headers: IncomingHttpHeaders;
  proxy: string;
}

test('a registered server gets requests through the aggregator, with the user and the front proxy certificate', async (t) => {
  const echo = await startEcho(cluster.ca);
  t.after(() => echo.close());
  const { port } = echo.address() as AddressInfo;
  await registerApi(cluster.admin, { securePort: port, caBundle: cluster.ca.cert });
  const path = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/active_requests';
  const ask = () => cluster.admin.get<Echo>(path);
  const shownBy = (proxy: string) =>
    new X509Certificate(proxy).verify(new X509Certificate(cluster.frontProxy.ca.cert).publicKey);

  const { headers, proxy } = await ask();
  assert.equal(headers['x-remote-user'], 'admin');
  assert.equal(headers['x-remote-group'], 'system:masters, system:authenticated');
  assert.ok(shownBy(proxy));

  await cluster.rotateFrontProxy();
  assert.equal(shownBy(proxy), false);
  await until(async () => shownBy((await ask()).proxy), { what: 'the new certificate', deadline: 90_000 });
});

test('a certificate that the caBundle did not sign is refused at the first request', async (t) => {
  const echo = await startEcho(await createAuthority('other-ca'));
  t.after(() => echo.close());
  const { port } = echo.address() as AddressInfo;
  await registerApi(cluster.admin, { securePort: port, caBundle: cluster.ca.cert });
  const { status, body } = await cluster.admin.request('/apis/custom.metrics.k8s.io/v1beta2/any');
  assert.equal(status, 503);
  assert.match(body, /certificate signed by unknown authority/);
});

test('a server that does not answer is not available, with a reason', async () => {
  await applyApiServices(cluster.admin, { securePort: 1, caBundle: cluster.ca.cert });
  const refused = async () =>
    (await whyUnavailable(cluster.admin, 'v1beta2.custom.metrics.k8s.io'))?.includes('refused');
  await until(refused, { what: 'the refused connection in its condition', deadline: 60_000 });
});
