import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createKubeClient } from '@activescale/kube';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import { KubeConfig } from '@kubernetes/client-node';
import { StatusError } from '../http/status-error.ts';
import { watchPods } from '../objects/pods.ts';

/** One request to the server, which the test answers by hand. */
interface Asked {
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly response: ServerResponse;
}

/** An HTTP server whose answers are given by the test, one request after the other. */
async function startScriptedServer() {
  const waiting: Asked[] = [];
  let wake = () => {};
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    waiting.push({ query: searchParams, accept: request.headers.accept, response });
    wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'u' },
  );
  return {
    client: createKubeClient(config, 'test'),
    async next(): Promise<Asked> {
      for (;;) {
        const asked = waiting.shift();
        if (asked !== undefined) return asked;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const pod = (name: string, resourceVersion: string, more: object = {}) => ({
  metadata: { namespace: 'shop', name, resourceVersion, labels: { app: 'web' }, ...more },
});
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const END = line('BOOKMARK', {
  metadata: { resourceVersion: '100', annotations: { 'k8s.io/initial-events-end': 'true' } },
});

/** Valkey's clock, set by hand. */
const NOW = Date.parse('2026-11-22T00:00:00Z');

/** A watch of the server's pods that tells its states and can be waited for. */
function watchOf(server: Awaited<ReturnType<typeof startScriptedServer>>, withIps = false) {
  const states: unknown[] = [];
  const clock = { now: NOW };
  const pods = watchPods({
    client: server.client,
    withIps,
    now: () => clock.now,
    onState: (trouble) => states.push(trouble),
  });
  const names = async () => pods.select('shop', parseLabelSelector('app=web')).pods.map(({ name }) => name);
  return {
    pods,
    states,
    clock,
    async becomes(expected: readonly string[]): Promise<void> {
      const deadline = performance.now() + 10_000;
      for (;;) {
        const found = await names().catch((error: unknown) => [String(error)]);
        if (found.join() === expected.join()) return;
        assert.ok(performance.now() < deadline, `the pods are ${found}, not ${expected}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    [Symbol.asyncDispose]: pods.close,
  };
}

test('streams the list, serves it only once it is whole, and follows every change', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const { query, accept, response } = await server.next();
  assert.deepEqual(Object.fromEntries(query), {
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    watch: 'true',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  });
  assert.equal(accept, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');

  response.write(line('ADDED', pod('a', '1')) + line('ADDED', pod('b', '2')));
  assert.throws(
    () => watch.pods.select('shop', []),
    (error) => error instanceof StatusError && error.status.code === 503,
  );
  assert.equal(watch.pods.synced, false);

  response.write(END);
  await watch.becomes(['a', 'b']);
  response.write(line('ADDED', pod('c', '101')) + line('DELETED', pod('a', '102')));
  await watch.becomes(['b', 'c']);
  response.write(line('MODIFIED', pod('b', '103', { deletionTimestamp: '2026-11-22T00:00:00Z' })));
  await watch.becomes(['c']);
  response.write(line('MODIFIED', pod('c', '104', { labels: { app: 'api' } })));
  await watch.becomes([]);
  assert.equal(watch.pods.size, 1);
});

test('resumes a broken watch where it was, keeping what it has', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const first = await server.next();
  first.response.write(
    line('ADDED', pod('a', '1')) + END + line('BOOKMARK', { metadata: { resourceVersion: '150' } }),
  );
  await watch.becomes(['a']);
  first.response.destroy();

  const second = await server.next();
  assert.equal(second.query.get('resourceVersion'), '150');
  assert.equal(second.query.has('sendInitialEvents'), false);
  await watch.becomes(['a']);
  second.response.write(line('ADDED', pod('b', '151')));
  await watch.becomes(['a', 'b']);
  assert.equal(watch.states.length, 2);
  assert.ok(watch.states[0] instanceof Error);
  assert.equal(watch.states[1], undefined);
});

test('lists again if its version has expired, and replaces the whole list at once', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const first = await server.next();
  first.response.write(line('ADDED', pod('a', '1')) + line('ADDED', pod('gone', '2')) + END);
  await watch.becomes(['a', 'gone']);
  first.response.end(line('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' }));

  const second = await server.next();
  assert.equal(second.query.get('sendInitialEvents'), 'true');
  second.response.write(line('ADDED', pod('a', '200')));
  await watch.becomes(['a', 'gone']);
  second.response.write(END);
  await watch.becomes(['a']);
});

test('lists again after a refused resume with 410', async () => {
  await using server = await startScriptedServer();
  await using _watch = watchOf(server);
  const first = await server.next();
  first.response.end(line('ADDED', pod('a', '1')) + END);
  (await server.next()).response.writeHead(410).end('{}');
  assert.equal((await server.next()).query.get('sendInitialEvents'), 'true');
});

test('any other error is tried again, and never drops the list', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const first = await server.next();
  first.response.write(line('ADDED', pod('a', '1')) + END);
  await watch.becomes(['a']);
  first.response.end('this is no JSON\n');
  for (const code of [500, 403, 429]) (await server.next()).response.writeHead(code).end('no');
  const again = await server.next();
  assert.equal(again.query.get('resourceVersion'), '100');
  again.response.write(line('ADDED', pod('b', '101')));
  await watch.becomes(['a', 'b']);
});

test('lists page by page where the server has no streaming list', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const refusal = { message: 'sendInitialEvents: Forbidden: not supported' };
  (await server.next()).response.writeHead(422).end(JSON.stringify(refusal));

  const page1 = await server.next();
  assert.deepEqual([page1.query.get('limit'), page1.query.has('watch')], ['500', false]);
  page1.response.end(
    JSON.stringify({ metadata: { resourceVersion: '7', continue: 'more' }, items: [pod('a', '1')] }),
  );
  const page2 = await server.next();
  assert.equal(page2.query.get('continue'), 'more');
  page2.response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [pod('b', '2')] }));
  await watch.becomes(['a', 'b']);

  const watched = await server.next();
  assert.equal(watched.query.get('resourceVersion'), '7');
  watched.response.write(line('DELETED', pod('a', '8')));
  await watch.becomes(['b']);
});

test('watches whole pods where their IPs are needed', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server, true);
  const { accept, response } = await server.next();
  assert.equal(accept, 'application/json');
  response.write(
    line('ADDED', { ...pod('a', '1'), status: { podIPs: [{ ip: '10.0.0.1' }, { ip: '2001:db8::1' }] } }) +
      END,
  );
  await watch.becomes(['a']);
  assert.deepEqual(await watch.pods.get('shop', 'a'), { name: 'a', ips: ['10.0.0.1', '2001:db8::1'] });
});

test('a pod is younger than the earlier one of its name, whatever the clock of kube-apiserver says', async () => {
  await using server = await startScriptedServer();
  await using watch = watchOf(server);
  const createdAt = (name: string) => watch.pods.get('shop', name)?.createdAt;
  const first = await server.next();
  const old = (creationTimestamp: string) => ({ creationTimestamp });
  first.response.write(
    line('ADDED', pod('a', '1', old('2026-11-21T00:00:00Z'))) +
      line('ADDED', pod('ahead', '2', old('2026-11-22T00:10:00Z'))) +
      END,
  );
  await watch.becomes(['a', 'ahead']);
  assert.equal(createdAt('a'), NOW - 86_400_000);
  assert.equal(createdAt('ahead'), NOW);

  watch.clock.now = NOW + 5_000;
  const leaving = { ...old('2026-11-21T00:00:00Z'), deletionTimestamp: '2026-11-22T00:00:00Z' };
  first.response.write(line('MODIFIED', pod('a', '101', leaving)));
  await watch.becomes(['ahead']);
  watch.clock.now = NOW + 9_000;
  first.response.write(line('DELETED', pod('a', '102', leaving)) + line('ADDED', pod('b', '103')));
  await watch.becomes(['ahead', 'b']);
  watch.clock.now = NOW + 11_000;
  first.response.write(line('ADDED', pod('a', '104', old('2026-11-21T23:59:59Z'))));
  await watch.becomes(['a', 'ahead', 'b']);
  assert.equal(createdAt('a'), NOW + 9_000);
  assert.equal(createdAt('b'), undefined);

  watch.clock.now = NOW + 60_000;
  const changed = { ...old('2026-11-21T23:59:59Z'), labels: { app: 'web', tier: 'front' } };
  first.response.write(line('MODIFIED', pod('a', '105', changed)) + line('ADDED', pod('c', '106')));
  await watch.becomes(['a', 'ahead', 'b', 'c']);
  assert.equal(createdAt('a'), NOW + 9_000);
});

test('ends at once when it is closed, whatever it waits for', async () => {
  await using server = await startScriptedServer();
  const watch = watchOf(server);
  await server.next();
  await watch.pods.close();
});
