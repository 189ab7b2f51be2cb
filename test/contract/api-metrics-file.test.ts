import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startApi, until } from '@activescale/devkit';
import { type Bench, metricsOf, startStandalone, V1BETA2 } from './api.ts';

// METRICS_FILE, in a volume as a ConfigMap makes it: a link to a link to a folder, and a change swaps the second one.

let folder: string;
let bench: Bench;
let version = 0;

async function put(text: string): Promise<void> {
  const data = join(folder, `..${version++}`);
  await mkdir(data);
  await writeFile(join(data, 'metrics.yaml'), text);
  await symlink(data, join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
}

const RATE = 'metrics:\n  - { name: hits, signal: requests, function: rate, window: 30s }\n';
const GAUGE = 'metrics:\n  - { name: busy, signal: active_requests, function: last }\n';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-'));
  await put(RATE);
  await symlink(join('..data', 'metrics.yaml'), join(folder, 'metrics.yaml'));
  bench = await startStandalone({ METRICS_FILE: join(folder, 'metrics.yaml'), EXTERNAL_METRICS: 'true' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function listed(group: string): Promise<string[]> {
  const { body } = await bench.get(group);
  return JSON.parse(body).resources.map(({ name }: { name: string }) => name);
}

async function value(metric: string): Promise<[number, string | undefined]> {
  const { status, body } = await bench.get(`${V1BETA2}/namespaces/shop/pods/a/${metric}`);
  return [status, JSON.parse(body).items?.[0]?.value];
}

const valid = async () => /^activescale_api_metrics_file_valid (\d)/m.exec(await metricsOf(bench.api))?.[1];

test('the file is the whole catalogue, in answers and in discovery', async () => {
  await bench.put({ name: 'a', active: 4, slots: [{ length: 10_000, started: 50 }] });
  assert.deepEqual(await value('hits'), [200, '5']);
  assert.equal((await value('active_requests'))[0], 404);
  assert.deepEqual(await listed(V1BETA2), ['pods/hits', 'namespaces/hits']);
  assert.deepEqual(await listed(EXTERNAL), ['hits']);
  assert.equal(await valid(), '1');
});

test('a changed file is served at once, in discovery under another ETag; a bad one changes nothing', async () => {
  const discovered = () => bench.get('/apis', { headers: { accept: AGGREGATED } });
  const before = await discovered();
  await put(GAUGE);
  await until(async () => (await value('busy'))[0] === 200, { what: 'the new file', deadline: 10_000 });
  await bench.put({ name: 'a', active: 4 });
  assert.deepEqual(await value('busy'), [200, '4']);
  assert.equal((await value('hits'))[0], 404);
  assert.deepEqual(await listed(EXTERNAL), ['busy']);
  const now = await discovered();
  assert.notEqual(now.headers.etag, before.headers.etag);
  assert.ok(now.body.includes('"subresource":"busy"') && !now.body.includes('hits'));

  const line = bench.api.line(
    (line) => (line.includes('METRICS_FILE is invalid') ? line : undefined),
    'the problems',
  );
  await put(`${RATE}  - { name: x, signal: requests, function: mean }\n  - { name: HITS }\n`);
  const { problems } = JSON.parse(await line);
  assert.deepEqual(
    problems.map((problem: string) => problem.slice(0, 7)),
    ['line 3:', 'line 4:'],
  );
  assert.equal(await valid(), '0');
  assert.deepEqual(await value('busy'), [200, '4']);

  await put(GAUGE);
  await until(async () => (await valid()) === '1', { what: 'the file to be good again', deadline: 10_000 });
});

test('for a bad file at the start every problem is reported, and nothing starts', async () => {
  const bad = join(folder, 'bad.yaml');
  await writeFile(bad, 'metrics:\n  - { name: a, signal: b, function: last }\n  - { name: "?" }\n');
  const starting = startApi({ VALKEY_ADDR: '127.0.0.1:1', STANDALONE: 'true', METRICS_FILE: bad });
  await assert.rejects(starting, ({ message }: Error) => {
    for (const line of ['line 2: signal', 'line 3: name', 'line 3: signal']) {
      assert.ok(message.includes(`METRICS_FILE=${JSON.stringify(bad)}: ${line}`), message);
    }
    return true;
  });
});
