import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** Something is wrong with every setting that can be wrong alone, and with some only together. */
const both = {
  VALKEY_ADDR: 'valkey.example:6379,other.example',
  REDIS_ADDR: 'third.example:6379',
  VALKEY_MODE: 'ring',
  VALKEY_SENTINEL_NAME: 'main',
  VALKEY_USERNAME: 'metrics',
  VALKEY_TLS: 'perhaps',
  VALKEY_CA_FILE: '/nowhere/ca.pem',
  KEY_PREFIX: 'a{b}',
  METRIC_TTL: '20',
  ADMIN_PORT: '65536',
  LOG_VERBOSITY: '5',
  LOG_METRICS_SUMMARY_INTERVAL: 'often',
};

const services = {
  ingest: {
    GRPC_PORT: '-1',
    GRPC_TLS_CERT_FILE: '/nowhere/grpc.pem',
    GRPC_TLS_KEY_FILE: '/nowhere/grpc.key',
    GRPC_TLS_CLIENT_CA_FILE: '/nowhere/clients.pem',
    PEER_CHECK: 'name',
    GRPC_MAX_CONNECTION_AGE: 'never',
    GRPC_MAX_STREAMS: '0',
    GRPC_MAX_UNFINISHED_MIB: '1',
    DEMAND_FROM: 'everywhere',
    DEMAND_SOURCES: 'gateway',
    DEMAND_CLUSTERS: '(?P<service>.*)',
  },
  api: {
    SECURE_PORT: 'https',
    TLS_CERT_FILE: '/nowhere/tls.pem',
    KUBECONFIG: '/nowhere/config',
    STANDALONE: 'yes',
    METRICS_FILE: '/nowhere/metrics.yaml',
    EXTERNAL_METRICS: 'maybe',
    FALLTHROUGH_CUSTOM: 'adapter',
    FALLTHROUGH_CUSTOM_CA_FILE: '/nowhere/custom.pem',
    FALLTHROUGH_EXTERNAL: 'keda/adapter:0',
    FALLTHROUGH_EXTERNAL_CA_FILE: '/nowhere/external.pem',
    IDLE_AS_ZERO: 'sometimes',
    VERIFY_POD_IP: '2',
    KEDA_PORT: 'on',
    KEDA_CLIENT_CA_FILE: '/nowhere/keda.pem',
    KEDA_MAX_STREAMS: '0',
    MAX_REQUESTS_IN_FLIGHT: '0',
    MAX_REQUESTS_IN_FLIGHT_PER_USER: 'all',
  },
};

for (const [name, own] of Object.entries(services)) {
  test(`invalid configuration of ${name} are all listed at once, by name and value, and it exits with 1`, () => {
    const wrong: Record<string, string> = { ...both, ...own };
    const main = join(import.meta.dirname, '../../services', name, 'src/main.ts');
    const { PATH = '' } = process.env;
    const { status, stderr, stdout } = spawnSync(process.execPath, [main], {
      env: { PATH, ...wrong },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(status, 1, stderr);
    const [first, ...problems] = stderr.trimEnd().split('\n');
    assert.equal(first, `${name}: invalid configuration:`);
    const named = new Set<string>();
    for (const problem of problems) {
      const [, variable = '', value = ''] = /^ {2}(\w+)=("(?:[^"\\]|\\.)*"): \S/.exec(problem) ?? [];
      assert.equal(JSON.parse(value || 'null'), wrong[variable], problem);
      named.add(variable);
    }
    // Two names of one setting are one problem, under the newer name.
    const { REDIS_ADDR, ...others } = wrong;
    assert.deepEqual([...named].sort(), Object.keys(others).sort(), stderr);
    assert.ok(problems.some((problem) => problem.includes(`REDIS_ADDR="${REDIS_ADDR}"`)));
    assert.equal(stdout, '');
  });
}
