import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  holdOpen,
  installCrds,
  namespace,
  type SinkTls,
  startControlPlane,
  until,
} from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { parse } from 'yaml';
import { V1BETA2 } from '../contract/api.ts';
import { frame, openRawStream } from '../e2e/client.ts';
import { flushOf } from '../e2e/messages.ts';
import { startPod } from '../e2e/stack.ts';
import { OVERLAYS, root } from './overlays.ts';
import { runOverlay } from './running-overlay.ts';

// Each overlay from an empty cluster to a metric that kube-apiserver serves, pushed by a real Envoy over the transport of
// deploy/istio that docs/install.md names for it.

interface MeshValues {
  meshConfig: {
    defaultConfig: {
      envoyMetricsService: {
        address: string;
        tlsSettings?: { mode: string; sni: string; subjectAltNames: string[] };
      };
    };
  };
}

async function transportOf(overlay: string) {
  const install = await readFile(join(root, 'docs/install.md'), 'utf8');
  const [, file = ''] =
    new RegExp(`^\\| .*\`${overlay}\`.*\\| \`(deploy/istio/\\S+)\` \\|`, 'm').exec(install) ?? [];
  const { meshConfig } = parse(await readFile(join(root, file), 'utf8')) as MeshValues;
  return meshConfig.defaultConfig.envoyMetricsService;
}

const pod = 'web-1';

for (const overlay of OVERLAYS) {
  test(`${overlay}: from an empty cluster to a served metric`, { timeout: 480_000 }, async () => {
    const { address, tlsSettings } = await transportOf(overlay);
    assert.equal(address, 'activescale-ingest.activescale.svc.cluster.local:9000');
    await using plane = await startControlPlane();
    await installCrds(plane.admin, 'cert-manager', 'prometheus-operator');
    await plane.kubectl('apply', '-k', join(root, 'deploy/overlays', overlay));
    await using running = await runOverlay(plane, overlay);
    const { ingest, settings, authority } = running;

    await plane.admin.apply(namespace('shop'));
    await plane.admin.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod, namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
    const phase = { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
    await plane.admin.patch(`/api/v1/namespaces/shop/pods/${pod}/status`, { status: phase });

    let sinkTls: SinkTls | undefined;
    if (tlsSettings !== undefined) {
      const [serverName = ''] = tlsSettings.subjectAltNames;
      const names = ['spiffe://cluster.local/ns/shop/sa/web'];
      const client = await authority.sign({ name: '', names, use: 'client' });
      sinkTls = { ca: authority.cert, serverName, client };
    }
    assert.equal(sinkTls === undefined, settings.GRPC_TLS_CERT_FILE === undefined);
    await using web = await startPod({
      pod,
      namespace: 'shop',
      ip: '127.0.0.1',
      metadata: { SERVICE_ACCOUNT: 'web' },
      sinkPort: ingest.grpcPort,
      ...(sinkTls && { sinkTls }),
    });
    await using load = holdOpen({ port: web.envoy.port, count: 7 });
    const value = async () => {
      const path = `${V1BETA2}/namespaces/shop/pods/${pod}/active_requests`;
      const { status, body } = await plane.admin.request(path);
      if (status !== 200) throw new Error(`${status} ${body}`);
      return (JSON.parse(body) as { items: { value: string }[] }).items[0]?.value === '7';
    };
    const what = 'seven requests by kube-apiserver';
    await until(value, { what, deadline: 90_000, every: 200 }).catch((cause) => {
      throw new Error(`${cause.message}\n${ingest.logs().slice(-3000)}`, { cause });
    });

    // The peer check of the overlay: a stranger claims the pod from another address, without a certificate.
    const { PEER_CHECK: check = 'off' } = settings;
    assert.equal(check, { dev: 'off', qa: 'address' }[overlay] ?? 'spiffe');
    if (check !== 'off') {
      await using stranger = openRawStream(ingest.grpcPort, {}, { from: '127.0.0.2' });
      const claim = flushOf({ namespace: 'shop', pod, ip: '127.0.0.1', active: 99, flush: 1 });
      stranger.push(frame(claim, false));
      const answer = await stranger.status;
      if (check === 'address') assert.equal(status[answer], 'PERMISSION_DENIED');
      else assert.notEqual(answer, status.OK);
    }
    web.upstream.release();
    await load.finished;
  });
}
