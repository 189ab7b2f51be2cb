import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { requestInfo } from './request-info.ts';
import { StatusError } from './status-error.ts';
import { parseTarget } from './target.ts';

function code(target: string): number {
  try {
    parseTarget(target);
    return 200;
  } catch (error) {
    return error instanceof StatusError ? error.status.code : assert.fail(String(error));
  }
}

test('reads path and query of every form', () => {
  const targets = {
    '/metrics': ['/metrics', ''],
    '/metrics?': ['/metrics', ''],
    '/a%2Fb%20c?x=1&y=%2F?': ['/a/b c', 'x=1&y=%2F%3F'],
    '/metrics%23x': ['/metrics#x', ''],
    'https://x/version': ['/version', ''],
    'HTTP://user@x:1/a//b?c=d': ['/a//b', 'c=d'],
    'https://x': ['/', ''],
    'https://x?a=b': ['/', 'a=b'],
    '//x/version': ['//x/version', ''],
    '/': ['/', ''],
  };
  for (const [target, [path, query]] of Object.entries(targets)) {
    const parsed = parseTarget(target);
    assert.deepEqual([parsed.path, parsed.query.toString()], [path, query], target);
  }
});

test('refuses what is no path with 400, a fragment with 404, and what is too long with 414', () => {
  for (const target of ['/metrics#x', '/a?b#c', '#']) assert.equal(code(target), 404, target);
  for (const target of ['', '*', 'x', 'x:443', 'metrics', '/%zz', '/%ff', '://x/y', '?a=b']) {
    assert.equal(code(target), 400, target);
  }
  assert.equal(code(`/${'x'.repeat(70_000)}`), 414);
});

test('a path of 60,000 slashes, or whatever repeats, takes a few milliseconds', () => {
  for (const unit of ['/', '%2F', '/x', '%2Fnamespaces', '?a=b&', '%23', 'a/../']) {
    const target = `/apis/g/v/${unit.repeat(60_000 / unit.length)}x`;
    const start = performance.now();
    requestInfo('GET', parseTarget(target));
    const took = performance.now() - start;
    assert.ok(took < 250, `${unit}: ${took} ms`);
  }
});

test('any text is a target or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) =>
      assert.ok([200, 400, 404].includes(code(text))),
    ),
  );
});
