import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerProbe, type HealthCheck } from './health.ts';

function check(
  name: string,
  probes: HealthCheck['probes'],
  severity: HealthCheck['severity'],
  reason?: string,
): HealthCheck {
  return { name, probes, severity, check: () => reason };
}

const WELL = [check('informer-sync', ['readyz'], 'fail'), check('store', ['readyz'], 'warn')];
const STORE_DOWN = [
  check('informer-sync', ['readyz'], 'fail'),
  check('store', ['readyz'], 'warn', 'ECONNREFUSED'),
];
const NOT_SYNCED = [
  check('informer-sync', ['readyz'], 'fail', 'no list yet'),
  check('store', ['readyz'], 'warn'),
];

const CASES: readonly { path: string; checks: readonly HealthCheck[]; status: number; body: string }[] = [
  { path: '/livez', checks: WELL, status: 200, body: 'ok' },
  { path: '/healthz', checks: WELL, status: 200, body: 'ok' },
  { path: '/readyz', checks: WELL, status: 200, body: 'ok' },
  {
    path: '/readyz?verbose',
    checks: WELL,
    status: 200,
    body: '[+]ping ok\n[+]informer-sync ok\n[+]store ok\nreadyz check passed\n',
  },
  { path: '/livez?verbose', checks: WELL, status: 200, body: '[+]ping ok\nlivez check passed\n' },
  { path: '/healthz?verbose', checks: WELL, status: 200, body: '[+]ping ok\nhealthz check passed\n' },
  { path: '/readyz', checks: STORE_DOWN, status: 200, body: 'ok\n[!]store warning: ECONNREFUSED' },
  {
    path: '/readyz?verbose',
    checks: STORE_DOWN,
    status: 200,
    body: '[+]ping ok\n[+]informer-sync ok\n[!]store warning: ECONNREFUSED\nreadyz check passed\n',
  },
  { path: '/livez', checks: NOT_SYNCED, status: 200, body: 'ok' },
  {
    path: '/readyz',
    checks: NOT_SYNCED,
    status: 500,
    body: '[+]ping ok\n[-]informer-sync failed: reason withheld\n[+]store ok\nreadyz check failed\n',
  },
  { path: '/readyz?exclude=informer-sync', checks: NOT_SYNCED, status: 200, body: 'ok' },
  {
    path: '/readyz?verbose&exclude=informer-sync&exclude=x&exclude=a',
    checks: NOT_SYNCED,
    status: 200,
    body:
      '[+]ping ok\n[+]informer-sync excluded: ok\n[+]store ok\n' +
      'warn: some health checks cannot be excluded: no matches for "a", "x"\nreadyz check passed\n',
  },
  { path: '/readyz/ping', checks: NOT_SYNCED, status: 200, body: 'ok' },
  {
    path: '/readyz/informer-sync',
    checks: NOT_SYNCED,
    status: 500,
    body: 'internal server error: no list yet\n',
  },
  { path: '/readyz/store', checks: STORE_DOWN, status: 200, body: '[!]store warning: ECONNREFUSED\n' },
  { path: '/readyz/nope', checks: WELL, status: 404, body: '404 page not found\n' },
  { path: '/livez/informer-sync', checks: WELL, status: 404, body: '404 page not found\n' },
];

for (const { path, checks, status, body } of CASES) {
  const bad = checks.filter((one) => one.check() !== undefined).map(({ name }) => name);
  test(`${path} answers ${status}${bad.length > 0 ? ` with ${bad.join()} bad` : ''}`, () => {
    const { pathname, searchParams } = new URL(path, 'http://localhost');
    assert.deepEqual(answerProbe(checks, pathname, searchParams), { status, body });
  });
}

test('any other path is not a probe', () => {
  for (const path of ['/', '/metrics', '/readyzz', '/readyz/a/b']) {
    assert.equal(answerProbe(WELL, path, new URLSearchParams()), undefined, path);
  }
});
