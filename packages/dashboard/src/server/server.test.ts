import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import type { DashboardSource } from '../view/source.ts';
import { type Dashboard, startDashboard } from './server.ts';

let searches: string[] = [];
const source: DashboardSource = {
  async overview({ search, page }) {
    if (search === 'broken') throw new Error('the source is broken');
    searches.push(search);
    return {
      view: 'overview',
      failures: [],
      scope: 'test',
      all: 0,
      matching: 0,
      search,
      page,
      pages: 1,
      rows: [],
    };
  },
  async detail(name) {
    return { view: 'detail', ...name, failures: [], workload: undefined };
  },
};

let dashboard: Dashboard;
let origin: string;
let token: string;
before(async () => {
  dashboard = await startDashboard({ source, port: 0 });
  const url = new URL(dashboard.url);
  origin = url.origin;
  token = url.hash.slice('#token='.length);
});
after(async () => {
  await dashboard[Symbol.asyncDispose]();
});

function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return fetch(`${origin}${path}`, { method, headers });
}

function authorized(): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The first `count` readings of a stream, and what ends it. */
async function readings(path: string, count: number) {
  const closing = new AbortController();
  const response = await fetch(`${origin}${path}`, { headers: authorized(), signal: closing.signal });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const found: unknown[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (found.length < count) {
    const { value = '' } = (await reader?.read()) ?? {};
    for (const event of value.split('\n\n').filter(Boolean)) {
      assert.match(event, /^data: /);
      found.push(JSON.parse(event.slice('data: '.length)));
    }
  }
  return { found, close: () => closing.abort() };
}

test('the page is served with a policy that allows this origin only', async () => {
  const page = await ask('/');
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'self'; /);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.equal(page.headers.get('access-control-allow-origin'), null);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  const text = await page.text();
  assert.doesNotMatch(text, /https?:/);
  for (const [, file = ''] of text.matchAll(/(?:src|href)="([\w.]+)"/g)) {
    const { status } = await ask(`/${file}`);
    assert.equal(status, 200, file);
  }
});

test('every module that the page imports is served', async () => {
  const seen = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const response = await ask(`/${name}`);
    assert.equal(response.status, 200, name);
    assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8');
    const text = await response.text();
    for (const [, next = ''] of text.matchAll(/ from '\.\/([\w.-]+)';/g)) await visit(next);
  };
  await visit('app.js');
  assert.ok(seen.has('uplot.js'));
});

test('data is given to a request with the token only', async () => {
  for (const headers of [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: token },
    { cookie: `token=${token}` },
  ]) {
    const { status } = await ask('/api/overview', headers as Record<string, string>);
    assert.equal(status, 401);
  }
  const { found, close } = await readings('/api/overview?search=web', 1);
  close();
  assert.deepEqual((found[0] as { search: string }).search, 'web');
});

test('a request that names another host is refused, also with the token', async () => {
  for (const host of ['attacker.example', `attacker.example:${new URL(origin).port}`, '127.0.0.1']) {
    const status = await new Promise((resolve, reject) => {
      get(`${origin}/api/overview`, { headers: { ...authorized(), host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).once('error', reject);
    });
    assert.equal(status, 421, host);
  }
});

test('other methods, unknown paths and invalid views are refused', async () => {
  for (const [path, method, status] of [
    ['/', 'POST', 405],
    ['/api/overview', 'OPTIONS', 405],
    ['/package.json', 'GET', 404],
    ['/..%2findex.html', 'GET', 404],
    ['//index.html', 'GET', 404],
    ['/api/other', 'GET', 404],
    ['/api/overview?page=0', 'GET', 404],
    ['/api/overview?page=1.5', 'GET', 404],
    [`/api/overview?search=${'a'.repeat(254)}`, 'GET', 404],
    ['/api/workloads/%E0%A4%A/web', 'GET', 404],
    ['/api/workloads/shop', 'GET', 404],
  ] as const) {
    const found = await ask(path, authorized(), method);
    assert.equal(found.status, status, path);
    await found.body?.cancel();
  }
});

test('pages of one view share its readings, and nothing is read after the last one is closed', async () => {
  searches = [];
  const [one, two] = await Promise.all([
    readings('/api/overview?search=a', 2),
    readings('/api/overview?search=a', 2),
  ]);
  assert.ok(searches.length <= 3, `${searches.length} readings`);
  one.close();
  two.close();
  await readings('/api/overview?search=b', 3).then(({ close }) => close());
  const last = searches.lastIndexOf('a');
  assert.ok(last < searches.indexOf('b') + 2, searches.join());
});

test('a fault of the source is sent, and the next reading is tried', async () => {
  const { found, close } = await readings('/api/overview?search=broken', 2);
  close();
  assert.deepEqual(found, [{ error: 'the source is broken' }, { error: 'the source is broken' }]);
});

test('more than eight views at once are refused', async () => {
  const open = await Promise.all(
    Array.from({ length: 8 }, (_, i) => readings(`/api/overview?search=v${i}`, 1)),
  );
  const refused = await ask('/api/workloads/shop/web', authorized());
  assert.equal(refused.status, 503);
  await refused.body?.cancel();
  for (const { close } of open) close();
});
