import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi, startIngest } from '@activescale/devkit';
import { ask, V1BETA1, V1BETA2 } from '../contract/api.ts';
import { root } from '../manifests/overlays.ts';
import { lostNames, previous } from './previous.ts';

// Dashboards, alerts and HPAs name metrics, and are not upgraded together with activescale.

/** Neither service needs Valkey to answer here. */
const ENV = { VALKEY_ADDR: '127.0.0.1:1' };

test('ingest serves each Prometheus metric of the previous release', async () => {
  const served = async (checkout: string) => {
    await using ingest = await startIngest(ENV, checkout);
    return await adminMetrics(ingest);
  };
  assert.deepEqual(lostNames(await served(previous), await served(root)), []);
});

test('api serves each Prometheus metric, API version and metric of the previous release', async () => {
  const served = async (checkout: string) => {
    await using api = await startApi({ ...ENV, STANDALONE: 'true' }, checkout);
    const { body } = await ask(api.securePort, '/metrics');
    const names = [...prometheusMetrics(body), ...(await adminMetrics(api))];
    for (const version of [V1BETA1, V1BETA2]) {
      const { body } = await ask(api.securePort, version);
      const { resources } = JSON.parse(body) as { resources: readonly { name: string }[] };
      names.push(...resources.map(({ name }) => `${version}/${name}`));
    }
    return names;
  };
  assert.deepEqual(lostNames(await served(previous), await served(root)), []);
});

async function adminMetrics({ adminPort }: { readonly adminPort: number }): Promise<string[]> {
  return prometheusMetrics(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text());
}

function prometheusMetrics(text: string): string[] {
  return [...text.matchAll(/^# TYPE (activescale_\S+)/gm)].map(([, name = '']) => name);
}
