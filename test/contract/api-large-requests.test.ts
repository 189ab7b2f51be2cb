import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, type Settings } from 'node:http2';
import { after, before, test } from 'node:test';
import { type KubeClient, namespace } from '@activescale/devkit';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, startInCluster } from './api-cluster.ts';

// kube-apiserver accepts 1 MiB of headers and passes them on to api. Over HTTP/2 it has one connection for the requests of everybody, and
// a header field above 64 KiB is a COMPRESSION_ERROR to nghttp2, which ends that connection and all requests on it.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster();
  await bench.plane.admin.apply(namespace('shop'));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const QUERY = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;

/** Asks one question after another until it is aborted; gives every answer that was not 200. */
async function ask(client: KubeClient, { aborted }: { readonly aborted: () => boolean }) {
  const failures: string[] = [];
  let asked = 0;
  while (!aborted()) {
    const { status, body } = await client.request(QUERY);
    asked++;
    if (status !== 200) failures.push(`${status} ${body}`);
  }
  return { asked, failures };
}

test('a request that is too large is refused alone: the queries beside it are answered', async () => {
  const { admin } = bench.plane;
  const nobody = await bench.plane.client({ name: 'nobody' });
  const long = 'x'.repeat(150_000);
  const selector = encodeURIComponent(`app in (${Array.from({ length: 8_000 }, (_, i) => `name-${i}`)})`);
  let done = false;
  const askers = Promise.all(Array.from({ length: 8 }, () => ask(admin, { aborted: () => done })));
  for (let i = 0; i < 20; i++) {
    const large = await Promise.all([
      nobody.request(`${V1BETA2}?x=${long}`),
      nobody.request('/apis/custom.metrics.k8s.io/v1beta2', { headers: { 'x-large': long } }),
      admin.request(`${QUERY}?labelSelector=${selector}`),
    ]);
    assert.deepEqual(
      large.map(({ status }) => status),
      [431, 431, 414],
    );
  }
  done = true;
  const answers = await askers;
  assert.deepEqual(
    answers.flatMap(({ failures }) => failures),
    [],
  );
  assert.ok(answers.every(({ asked }) => asked > 0));
});

test('announces how many bytes of headers it accepts', async () => {
  const session = connectHttp2(`https://127.0.0.1:${bench.api.securePort}`, { rejectUnauthorized: false });
  const [{ maxHeaderListSize }] = (await once(session, 'remoteSettings')) as [Settings];
  session.destroy();
  assert.equal(maxHeaderListSize, 60 * 1024);
});
