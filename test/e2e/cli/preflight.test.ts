import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ControlPlane, namespace, registerApi, startApi, startControlPlane } from '@activescale/devkit';
import type { Report } from './report.ts';
import { cliJson, runCli } from './run-cli.ts';

// What a cluster has before an installation, one thing after another.

let plane: ControlPlane;
let env: { KUBECONFIG: string };
before(async () => {
  plane = await startControlPlane();
  env = { KUBECONFIG: await plane.kubeconfig() };
  await plane.admin.apply(namespace('istio-system'));
});
after(() => plane?.stop());

async function reportOf(check: string): Promise<Report> {
  const reports = await cliJson<Report[]>(['doctor', '--preflight'], env);
  const report = reports.find((each) => each.check === check);
  assert.ok(report, check);
  return report;
}

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

function apiService(name: string, service: string, in_: string) {
  const [version = '', ...group] = name.split('.');
  return plane.admin.apply({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      group: group.join('.'),
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: service, namespace: in_ },
    },
  });
}

function workload(kind: 'Deployment' | 'DaemonSet', name: string, in_: string, image: string) {
  const labels = { app: name };
  return plane.admin.apply({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: in_, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image }] } },
    },
  });
}

test('an empty cluster has nothing to lose; what it lacks is a warning or was not checked', async () => {
  assert.deepEqual((await reportOf('metrics APIs')).findings, []);
  assert.match((await reportOf('Kubernetes')).sound, /^v1\.\d+\.\d+, which is at least 1\.30$/);
  assert.deepEqual((await reportOf('clocks')).findings, []);
  assert.match((await reportOf('Istio')).notChecked ?? '', /no istiod in istio-system/);
  for (const [check, code] of [
    ['metrics-server', 'ASC113'],
    ['NetworkPolicies', 'ASC114'],
  ] as const) {
    const { status, findings } = await reportOf(check);
    assert.deepEqual([status, findings[0]?.code], ['WARN', code]);
  }
  const { code, stdout } = await runCli(['doctor', '--preflight'], env);
  assert.equal(code, 3, stdout);
  assert.match(stdout, /\n2 warnings, incomplete: 1 check skipped\n$/);
});

test("another server's custom metrics would be replaced: that is a failure, with how to keep them and to get them back", async () => {
  const name = 'v1beta1.custom.metrics.k8s.io';
  await apiService(name, 'prometheus-adapter', 'monitoring');
  const { findings } = await reportOf('metrics APIs');
  assert.deepEqual(
    findings.map(({ subject, code, severity }) => [subject, code, severity]),
    [
      [`APIService ${name}`, 'ASC111', 'fail'],
      [`APIService ${name}`, 'ASC722', 'warn'],
    ],
  );
  assert.match(findings[0]?.problem ?? '', /belongs to the Service prometheus-adapter in monitoring/);
  assert.match(
    findings[0]?.fix ?? '',
    /FALLTHROUGH_CUSTOM=monitoring\/prometheus-adapter, .* kubectl get apiservice v1beta1\.custom\.metrics\.k8s\.io --output yaml/,
  );
  assert.match(findings[1]?.fix ?? '', /a certificate for prometheus-adapter\.monitoring\.svc/);
  assert.equal((await runCli(['doctor', '--preflight'], env)).code, 1);
  await apiService(name, 'activescale-api', 'activescale');
  assert.deepEqual((await reportOf('metrics APIs')).findings, []);
  await plane.admin.delete(`${SERVICES}/${name}`);
});

test("metrics of the other server that activescale has too are found: here it is activescale's own api", async () => {
  const name = 'prometheus-adapter.monitoring.svc';
  const { ca, admin } = plane;
  const { cert, key } = await ca.sign({ name, names: [name, 'localhost'], use: 'server' });
  const folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  try {
    const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    await writeFile(TLS_CERT_FILE, cert);
    await writeFile(TLS_KEY_FILE, key);
    const valkey = { VALKEY_ADDR: '127.0.0.1:1' };
    await using api = await startApi({ ...valkey, STANDALONE: 'true', TLS_CERT_FILE, TLS_KEY_FILE });
    await registerApi(admin, {
      securePort: api.securePort,
      caBundle: ca.cert,
      service: { name: 'prometheus-adapter', namespace: 'monitoring' },
    });
    const { findings } = await reportOf('metrics APIs');
    const both = findings.filter(({ code }) => code === 'ASC721');
    assert.deepEqual(
      both.map(({ subject, severity }) => [subject, severity]),
      ['v1beta2', 'v1beta1'].map((version) => [`APIService ${version}.custom.metrics.k8s.io`, 'warn']).sort(),
    );
    assert.match(
      both[0]?.problem ?? '',
      /^its server also has active_requests, .* will answer them instead$/,
    );
  } finally {
    for (const version of ['v1beta2', 'v1beta1'])
      await admin.delete(`${SERVICES}/${version}.custom.metrics.k8s.io`);
    await rm(folder, { recursive: true });
  }
});

test("KEDA's external metrics stay, and it is said that they do", async () => {
  await apiService('v1beta1.external.metrics.k8s.io', 'keda-operator-metrics-apiserver', 'keda');
  const { findings, sound } = await reportOf('metrics APIs');
  assert.deepEqual(findings, []);
  assert.match(sound, /keda-operator-metrics-apiserver in keda has external\.metrics\.k8s\.io and keeps it/);
});

test('a metrics-server that is registered and away is no metrics-server', async () => {
  await apiService('v1beta1.metrics.k8s.io', 'metrics-server', 'kube-system');
  assert.match((await reportOf('metrics-server')).findings[0]?.problem ?? '', /it is not available/);
});

test('a network plugin that enforces NetworkPolicies is recognized', async () => {
  await workload('DaemonSet', 'calico-node', 'kube-system', 'images.example/calico:3');
  const { findings, sound } = await reportOf('NetworkPolicies');
  assert.deepEqual([findings, sound], [[], 'calico-node in kube-system enforces them']);
});

test("Istio's version decides how often sidecars can flush", async () => {
  for (const [image, problem] of [
    ['images.example/pilot:1.27.3-distroless', /sidecars flush every 5 s/],
    ['images.example/pilot:1.28.0', undefined],
    ['images.example:5000/pilot:v1.30.1@sha256:0', undefined],
  ] as const) {
    await workload('Deployment', 'istiod', 'istio-system', image);
    const { findings } = await reportOf('Istio');
    if (problem === undefined) assert.deepEqual(findings, [], image);
    else {
      assert.equal(findings[0]?.code, 'ASC115');
      assert.match(findings[0].problem, problem);
    }
  }
  await workload('Deployment', 'istiod', 'istio-system', 'images.example/pilot@sha256:0');
  assert.match((await reportOf('Istio')).notChecked ?? '', /shows no version/);
});

test('a kube-apiserver that is too old, or whose clock is off, is found', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('date', new Date(Date.now() + 90_000).toUTCString());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ gitVersion: 'v1.29.14-gke.100', items: [] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  try {
    const config = {
      clusters: [
        {
          name: 'old',
          cluster: {
            'insecure-skip-tls-verify': true,
            server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          },
        },
      ],
      contexts: [{ name: 'old', context: { cluster: 'old', user: 'old' } }],
      users: [{ name: 'old', user: {} }],
      'current-context': 'old',
    };
    await writeFile(join(folder, 'config'), JSON.stringify(config));
    const reports = await cliJson<Report[]>(['doctor', '--preflight'], {
      KUBECONFIG: join(folder, 'config'),
    });
    const findingOf = (check: string) => {
      const finding = reports.find((each) => each.check === check)?.findings[0];
      return `${finding?.code} ${finding?.problem}`;
    };
    assert.match(findingOf('Kubernetes'), /^ASC112 it is older than 1\.30/);
    assert.match(findingOf('clocks'), /^ASC106 it is (89|90|91) s behind kube-apiserver/);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  }
});

test('a user who may read nothing gets skipped checks, not passed ones', async () => {
  const KUBECONFIG = await plane.kubeconfig({ name: 'nobody-in-particular' });
  const reports = await cliJson<Report[]>(['doctor', '--preflight'], { KUBECONFIG });
  const skipped = reports.filter(({ notChecked }) => notChecked !== undefined).map(({ check }) => check);
  assert.deepEqual(skipped, ['metrics APIs', 'metrics-server', 'NetworkPolicies', 'Istio']);
});
