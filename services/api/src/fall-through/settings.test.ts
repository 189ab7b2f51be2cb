import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@activescale/runtime';
import { fallThroughSettings, hostOf } from './settings.ts';

const HERE = { standalone: false, externalMetrics: true, serviceName: 'activescale-api.activescale.svc' };
const CA = { FALLTHROUGH_CUSTOM_CA_FILE: import.meta.filename };

function read(env: Record<string, string>, here = HERE) {
  return readSettings(env, (reader) => fallThroughSettings(reader, here));
}

function problems(env: Record<string, string>, here = HERE): readonly string[] {
  try {
    read(env, here);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('an adapter is named by namespace, Service and port, 443 by default', () => {
  const { custom, external } = read({ ...CA, FALLTHROUGH_CUSTOM: 'monitoring/prometheus-adapter' });
  assert.equal(external, undefined);
  assert.equal(custom?.port, 443);
  assert.equal(custom && hostOf(custom), 'prometheus-adapter.monitoring.svc');
  assert.equal(read({ ...CA, FALLTHROUGH_CUSTOM: 'a/b:6443' }).custom?.port, 6443);
  assert.deepEqual(read({}), { custom: undefined, external: undefined });
});

test('anything else is refused with what was expected', () => {
  for (const text of [
    'adapter',
    'a/b/c',
    'https://a/b',
    'a/b:0',
    'a/b:65536',
    'a/b:',
    '/b',
    'A/b',
    'a/b.c',
    'a/1b',
  ]) {
    assert.deepEqual(problems({ ...CA, FALLTHROUGH_CUSTOM: text }), [
      `FALLTHROUGH_CUSTOM="${text}": expected <namespace>/<service>[:port]`,
    ]);
  }
});

test('an adapter requires a CA file, and a CA file an adapter', () => {
  assert.deepEqual(problems({ FALLTHROUGH_CUSTOM: 'a/b' }), [
    'FALLTHROUGH_CUSTOM="a/b": needs FALLTHROUGH_CUSTOM_CA_FILE',
  ]);
  const [problem = '', ...others] = problems(CA);
  assert.match(problem, /^FALLTHROUGH_CUSTOM_CA_FILE=".*": needs FALLTHROUGH_CUSTOM$/);
  assert.deepEqual(others, []);
});

test('activescale itself, STANDALONE=true, and an API group that is not served are refused', () => {
  const env = { ...CA, FALLTHROUGH_CUSTOM: 'activescale/activescale-api:6443' };
  assert.deepEqual(problems(env), [
    'FALLTHROUGH_CUSTOM="activescale/activescale-api:6443": is the Service of this API (SERVICE_NAME): name the other adapter',
  ]);
  const named = { ...HERE, serviceName: `${HERE.serviceName}.cluster.local` };
  assert.equal(problems(env, named).length, 1);
  assert.deepEqual(problems({ ...CA, FALLTHROUGH_CUSTOM: 'activescale/activescale' }), []);
  assert.deepEqual(problems({ ...CA, FALLTHROUGH_CUSTOM: 'a/b' }, { ...HERE, standalone: true }), [
    'FALLTHROUGH_CUSTOM="a/b": STANDALONE=true has no cluster with another adapter',
  ]);
  const external = { FALLTHROUGH_EXTERNAL: 'keda/b', FALLTHROUGH_EXTERNAL_CA_FILE: import.meta.filename };
  assert.deepEqual(problems(external, { ...HERE, externalMetrics: false }), [
    'FALLTHROUGH_EXTERNAL="keda/b": needs EXTERNAL_METRICS=true',
  ]);
});
