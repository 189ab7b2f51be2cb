import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { pipeline, Transform } from 'node:stream';
import { after, before, test } from 'node:test';
import { type ControlPlane, startControlPlane, startValkey } from '@activescale/devkit';
import type { Report } from './report.ts';
import { cliJson } from './run-cli.ts';

// Faults of Valkey that no command can undo: each has its own server.

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane();
});
after(() => plane?.stop());

async function findingsOf(check: string, address: string): Promise<Report['findings']> {
  const env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: address };
  const reports = await cliJson<Report[]>(['doctor'], env);
  return reports.find((report) => report.check === check)?.findings ?? [];
}

test('a Valkey that does not know a command for the lists of pods is found', async () => {
  await using valkey = await startValkey({ args: ['--rename-command', 'ZREMRANGEBYSCORE', ''] });
  const [finding, ...others] = await findingsOf('Valkey', valkey.addr);
  assert.deepEqual([finding?.code, others], ['ASC305', []]);
  assert.match(finding?.problem ?? '', /^it does not know ZREMRANGEBYSCORE \(.*unknown command/);
});

test('a Valkey whose clock is wrong is found', async () => {
  await using valkey = await startValkey();
  await using clock = await startWrongClock(valkey.port, 90);
  const [finding, ...others] = await findingsOf('clocks', `127.0.0.1:${clock.port}`);
  assert.deepEqual([finding?.code, others], ['ASC105', []]);
  assert.match(finding?.problem ?? '', /^it is (89|90|91) s ahead of kube-apiserver/);
});

/** A way to a Valkey on which the answers to TIME are later by some seconds. */
async function startWrongClock(port: number, seconds: number) {
  const server = createServer((socket) => {
    const later = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        // https://valkey.io/commands/time/: an array of the seconds and the microseconds
        const text = chunk.toString('latin1').replace(/\*2\r\n\$10\r\n(\d{10})\r\n/g, (_, time: string) => {
          return `*2\r\n$10\r\n${Number(time) + seconds}\r\n`;
        });
        done(null, Buffer.from(text, 'latin1'));
      },
    });
    const valkey = connect(port, '127.0.0.1');
    pipeline(socket, valkey, () => {});
    pipeline(valkey, later, socket, () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
