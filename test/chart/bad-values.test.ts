import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetFile, rendered } from './chart.ts';

// Values that the chart refuses, each with a message that names the value.

/** What Helm says instead of rendering. */
async function refusal(...args: readonly string[]): Promise<string> {
  try {
    await rendered(...args);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail(`accepted: ${args.join(' ')}`);
}

const BY_SCHEMA: readonly (readonly [values: string, message: RegExp])[] = [
  ['replicas=2', /additional properties 'replicas' not allowed/],
  ['api.image.tag=1', /at '\/api': additional properties 'image' not allowed/],
  ['api.replicas.min=0', /at '\/api\/replicas\/min': minimum: got 0, want 1/],
  ['ingest.zoneSpread=Always', /at '\/ingest\/zoneSpread': value must be one of/],
  ['valkey.kind=sentinel', /at '\/valkey\/kind': value must be one of 'standalone', 'cluster', 'external'/],
  ['valkey.external.address=valkey.example', /at '\/valkey\/external\/address'/],
  ['images.api.digest=latest', /at '\/images\/api\/digest'/],
  ['settings.METRIC_TLL=20s', /at '\/settings'[\s\S]*METRIC_TLL|METRIC_TLL/],
  ['api.settings.SECURE_PORT=8443', /SECURE_PORT/],
  ['ingest.settings.KEY_PREFIX=other', /KEY_PREFIX/],
  ['keda.enabled=yes', /at '\/keda\/enabled': got string, want boolean/],
  ['fallThrough.custom.service=prometheus-adapter', /at '\/fallThrough\/custom\/service'/],
  ['networkPolicies.dnsCidrs={10.0.0.10}', /at '\/networkPolicies\/dnsCidrs\/0'/],
  ['services.ipFamilyPolicy=DualStack', /at '\/services\/ipFamilyPolicy'/],
  ['certificates.caBundle=ca.crt', /at '\/certificates\/caBundle'/],
];

for (const [value, message] of BY_SCHEMA) {
  test(`${value} is refused by the schema`, async () => assert.match(await refusal('--set', value), message));
}

const CONTRADICTIONS: readonly (readonly [values: string, message: RegExp])[] = [
  ['keda.mtls=true', /keda\.mtls is true, but keda\.enabled is false/],
  ['fallThrough.external.enabled=true', /externalMetrics\.enabled is false/],
  ['mtls.enabled=true,peerAddress=true', /mtls\.enabled and peerAddress are both true/],
  [
    'valkey.kind=cluster,valkey.cluster.tls=true',
    /needs certificates\.from=cert-manager, which is self-signed/,
  ],
  ['valkey.kind=external', /valkey\.external\.address is empty/],
  ['certificates.from=secret', /certificates\.caBundle is empty/],
  ['api.replicas.min=9', /api\.replicas\.min is 9, above api\.replicas\.max, which is 4/],
];

for (const [values, message] of CONTRADICTIONS) {
  test(`${values} is refused with the remedy`, async () =>
    assert.match(await refusal('--set', values), message));
}

test('a caBundle that jobs would replace is refused', async () => {
  const bundle = '-----BEGIN CERTIFICATE-----';
  const message = await refusal('--values', presetFile('prod'), '--set', `certificates.caBundle=${bundle}`);
  assert.match(message, /certificates\.caBundle is only for certificates\.from=secret/);
});

test('a Kubernetes older than 1.30 is refused', async () =>
  assert.match(await refusal('--kube-version', '1.29.0'), /requires kubeVersion: >=1\.30\.0-0/));
