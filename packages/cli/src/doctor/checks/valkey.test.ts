import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFacts } from '@activescale/store';
import { NotChecked } from '../not-checked.ts';
import { serverFindings } from './valkey.ts';

const INFO = {
  version: '9.1.2',
  role: 'primary',
  usedMemory: 1_000,
  maxMemory: 0,
  evictionPolicy: 'noeviction',
} as const;
const server = (more: Partial<ServerFacts> = {}): ServerFacts => {
  return { address: '127.0.0.1:6379', info: INFO, refused: [], ...more };
};
const REFUSED_INFO = { command: 'INFO', reason: "ERR unknown command 'info'" };

test('a server that evicts or is nearly full is found', () => {
  const evicting = server({ info: { ...INFO, maxMemory: 2_000, evictionPolicy: 'allkeys-lru' } });
  assert.match(serverFindings([server(), evicting])[0]?.problem ?? '', /allkeys-lru.*50 % of maxmemory/);
  assert.equal(serverFindings([evicting])[0]?.code, 'ASC303');
  const evictingNow = server({ info: { ...INFO, maxMemory: 1_050, evictionPolicy: 'volatile-ttl' } });
  assert.equal(serverFindings([evictingNow])[0]?.code, 'ASC302');
  const full = server({ info: { ...INFO, maxMemory: 1_050 } });
  assert.match(serverFindings([full])[0]?.problem ?? '', /95 % of maxmemory is used/);
  assert.equal(serverFindings([full])[0]?.code, 'ASC304');
  assert.deepEqual(serverFindings([server()]), []);
});

test('a server that refuses INFO is not checked, and the finding names what is unknown', () => {
  const silent = server({ info: undefined, refused: [REFUSED_INFO] });
  assert.throws(
    () => serverFindings([server(), silent]),
    (error: unknown) => error instanceof NotChecked && /INFO \(ERR unknown.*role, memory/.test(error.message),
  );
});

test('a command that trims the index is reported as missing only if the server does not know it', () => {
  const reason = "ERR unknown command 'PEXPIRE'";
  const unknown = server({ info: undefined, refused: [REFUSED_INFO, { command: 'PEXPIRE', reason }] });
  const [finding, ...others] = serverFindings([unknown]);
  assert.equal(finding?.code, 'ASC305');
  assert.match(finding?.problem ?? '', /does not know PEXPIRE/);
  assert.deepEqual(others, []);
  const forbidden = { command: 'PEXPIRE', reason: 'NOPERM User api has no permissions' };
  assert.deepEqual(serverFindings([server({ refused: [forbidden] })]), []);
});
