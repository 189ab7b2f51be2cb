import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@activescale/runtime';
import { defineIngestConfig } from './config.ts';

const file = import.meta.filename;

function problems(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env, defineIngestConfig);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('without any setting the port is plaintext, asks for nothing and has its limits', () => {
  const config = readSettings({}, defineIngestConfig);
  assert.equal(config.grpcTls, undefined);
  assert.equal(config.peerCheck, 'off');
  assert.equal(config.grpcMaxConnectionAge, 600_000);
  assert.equal(config.grpcMaxStreams, 10_000);
  assert.equal(config.grpcMaxUnfinishedBytes, 128 * 1024 * 1024);
});

test('files of TLS that do not go together are named', () => {
  assert.match(problems({ GRPC_TLS_CERT_FILE: file })[0] ?? '', /^GRPC_TLS_CERT_FILE=.*GRPC_TLS_KEY_FILE/);
  assert.match(problems({ GRPC_TLS_KEY_FILE: file })[0] ?? '', /^GRPC_TLS_KEY_FILE=.*GRPC_TLS_CERT_FILE/);
  assert.match(problems({ GRPC_TLS_CLIENT_CA_FILE: file })[0] ?? '', /^GRPC_TLS_CLIENT_CA_FILE=.*needs/);
  const { grpcTls } = readSettings(
    { GRPC_TLS_CERT_FILE: file, GRPC_TLS_KEY_FILE: file, GRPC_TLS_CLIENT_CA_FILE: file },
    defineIngestConfig,
  );
  assert.deepEqual(grpcTls, { certFile: file, keyFile: file, clientCaFile: file });
});

test('PEER_CHECK=spiffe without certificates of clients is refused, address needs none', () => {
  const tls = { GRPC_TLS_CERT_FILE: file, GRPC_TLS_KEY_FILE: file };
  assert.match(problems({ PEER_CHECK: 'spiffe' })[0] ?? '', /^PEER_CHECK="spiffe".*GRPC_TLS_CLIENT_CA_FILE/);
  assert.match(problems({ PEER_CHECK: 'spiffe', ...tls })[0] ?? '', /GRPC_TLS_CLIENT_CA_FILE/);
  assert.deepEqual(problems({ PEER_CHECK: 'spiffe', ...tls, GRPC_TLS_CLIENT_CA_FILE: file }), []);
  assert.deepEqual(problems({ PEER_CHECK: 'address' }), []);
});

test('every source may report demand of every namespace while nothing is verified, and none otherwise', () => {
  const sourcesOf = (env: Record<string, string>) =>
    readSettings(env, defineIngestConfig).demandSources.length;
  assert.equal(sourcesOf({}), 1);
  assert.equal(sourcesOf({ PEER_CHECK: 'address' }), 0);
  assert.equal(sourcesOf({ PEER_CHECK: 'address', DEMAND_SOURCES: 'istio-system/*,edge/envoy-*' }), 2);
  assert.match(problems({ DEMAND_SOURCES: 'edge/*,gateway' })[0] ?? '', /^DEMAND_SOURCES=.*found "gateway"/);
});

test('an expression for clusters is refused with the group that it lacks', () => {
  const [problem = ''] = problems({ DEMAND_CLUSTERS: '(?P<service>.*)' });
  assert.match(problem, /^DEMAND_CLUSTERS=.*no group \(\?P<namespace>/);
});
