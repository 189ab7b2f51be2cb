import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bench, startStandalone, V1BETA1, V1BETA2 } from './api.ts';

let bench: Bench;
before(async () => {
  bench = await startStandalone();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const GROUP = 'custom.metrics.k8s.io';
const VERSIONS = `"versions":[{"groupVersion":"${GROUP}/v1beta2","version":"v1beta2"},{"groupVersion":"${GROUP}/v1beta1","version":"v1beta1"}],"preferredVersion":{"groupVersion":"${GROUP}/v1beta2","version":"v1beta2"}`;

test('the group and its versions, v1beta2 preferred', async () => {
  const groups = `{"kind":"APIGroupList","groups":[{"name":"${GROUP}",${VERSIONS},"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":":0"}]}]}\n`;
  assert.equal((await bench.get('/apis')).body, groups);
  const group = `{"kind":"APIGroup","apiVersion":"v1","name":"${GROUP}",${VERSIONS}}\n`;
  assert.equal((await bench.get(`/apis/${GROUP}`)).body, group);
});

test('the metrics of each version, also with a trailing slash', async () => {
  for (const path of [V1BETA2, V1BETA1]) {
    const body = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"${path.slice('/apis/'.length)}","resources":[{"name":"pods/active_requests","singularName":"","namespaced":true,"kind":"MetricValueList","verbs":["get"]},{"name":"namespaces/active_requests","singularName":"","namespaced":false,"kind":"MetricValueList","verbs":["get"]}]}\n`;
    for (const asked of [path, `${path}/`]) {
      const answer = await bench.get(asked);
      assert.deepEqual(
        [answer.status, answer.headers['content-type'], answer.body],
        [200, 'application/json', body],
      );
    }
  }
});
