import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import test from 'node:test';
import { type Authority, type Credential, createAuthority, holdOpen, until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { metric } from './admin.ts';
import { frame, openRawStream } from './client.ts';
import { INGEST_ID, startMesh, workloadOf } from './mesh.ts';
import { flushOf } from './messages.ts';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';
const workload = (by: Authority, account: string, of = namespace) => workloadOf(by, of, account);

test('a real Envoy pushes over mTLS with its SPIFFE certificate, also after the authority has changed', {
  timeout: 60_000,
}, async () => {
  await using mesh = await startMesh();
  await using stack = await startStack({ ingest: mesh.settings });
  const { ingest, query } = stack;
  const value = async (pod: string) => (await query.ask(namespace, pod)).values[pod];
  const podOf = async (pod: string, by: Authority) =>
    startPod({
      pod,
      namespace,
      sinkPort: ingest.grpcPort,
      metadata: { SERVICE_ACCOUNT: 'web' },
      sinkTls: { ca: by.cert, serverName: INGEST_ID, client: await workload(by, 'web') },
    });
  await using first = await podOf('web-a', mesh.authority);
  await using load = holdOpen({ port: first.envoy.port, count: 7 });
  await until(async () => (await value('web-a')) === '7', { what: 'seven requests' });

  const next = await createAuthority('mesh, the next one');
  await mesh.serve(next);
  await ingest.line((line) => line.includes('was replaced') || undefined, 'the new certificate');
  await using second = await podOf('web-b', next);
  await using more = holdOpen({ port: second.envoy.port, count: 3 });
  await until(async () => (await value('web-b')) === '3', {
    what: 'three requests over the new certificate',
  });
  first.upstream.release();
  await until(async () => (await value('web-a')) === '0', { what: 'the open connection to go on' });
  second.upstream.release();
  await Promise.all([load.finished, more.finished]);
  assert.equal(await metric(ingest, 'activescale_ingest_refused_total{reason="peer_identity"}'), 0);
});

test('files that cannot be served are named, and the former certificate stays', async () => {
  await using mesh = await startMesh();
  await using stack = await startStack({ ingest: mesh.settings });
  const { ingest } = stack;
  await writeFile(mesh.settings.GRPC_TLS_CERT_FILE, 'no certificate');
  const line = await ingest.line((line) => (line.includes('is invalid') ? line : undefined), 'the trouble');
  assert.match(line, /GRPC_TLS_CERT_FILE/);
  const client = await workload(mesh.authority, 'web');
  await using stream = rawPush(ingest.grpcPort, mesh.authority, client, { pod: 'web-a', account: 'web' });
  await until(() => stack.query.ask(namespace, 'web-a').then(({ values }) => values['web-a'] === '1'), {
    what: 'a push over the former certificate',
  });
  assert.ok(stream);
});

function rawPush(
  port: number,
  by: Authority,
  client: Credential | undefined,
  { pod, account, of = namespace }: { pod: string; account: string; of?: string },
) {
  const stream = openRawStream(
    port,
    {},
    { tls: { ca: by.cert, checkServerIdentity: () => undefined, ...client } },
  );
  const flush = { namespace: of, pod, active: 1, flush: 1, serviceAccount: account };
  stream.push(frame(flushOf(flush), false));
  return stream;
}

test('a rogue pod can push for no other namespace or service account than those of its certificate', {
  timeout: 60_000,
}, async (t) => {
  await using mesh = await startMesh();
  await using stack = await startStack({ ingest: mesh.settings });
  const { ingest, query } = stack;
  const { authority } = mesh;
  const rogue = await workload(authority, 'rogue', 'evil');
  const refused = () => metric(ingest, 'activescale_ingest_refused_total{reason="peer_identity"}');
  const claims = [
    { what: 'the namespace and account of another', pod: 'web-a', account: 'web' },
    { what: 'its own account in another namespace', pod: 'web-a', account: 'rogue' },
    { what: 'another account in its own namespace', pod: 'web-a', account: 'web', of: 'evil' },
    { what: 'no account', pod: 'web-a', account: '', of: 'evil' },
  ];
  for (const [index, { what, ...claim }] of claims.entries()) {
    await t.test(`it claims ${what}`, async () => {
      await using stream = rawPush(ingest.grpcPort, authority, rogue, claim);
      assert.equal(status[await stream.status], 'PERMISSION_DENIED');
      assert.equal(await refused(), index + 1);
    });
  }
  await t.test('it shows no certificate, or one of another authority', async () => {
    const stranger = await createAuthority('somebody');
    for (const client of [undefined, await workload(stranger, 'web')]) {
      await using stream = rawPush(ingest.grpcPort, authority, client, { pod: 'web-a', account: 'web' });
      assert.equal(status[await stream.status], 'CANCELLED', 'there is no connection');
    }
  });
  assert.deepEqual((await query.ask(namespace, '*')).values, {});
  assert.deepEqual((await query.ask('evil', '*')).values, {});
  await using own = rawPush(ingest.grpcPort, authority, rogue, {
    pod: 'rogue-a',
    account: 'rogue',
    of: 'evil',
  });
  await until(async () => (await query.ask('evil', '*')).values['rogue-a'] === '1', { what: 'its own push' });
  assert.ok(own);
});
