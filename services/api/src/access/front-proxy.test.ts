import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontProxyUser } from './front-proxy.ts';

const HEADERS = {
  cas: [],
  allowedNames: [],
  usernameHeaders: ['x-remote-user', 'x-old-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraHeaderPrefixes: ['x-remote-extra-'],
};

test('reads the user, each group by itself, and the extras with their keys decoded', () => {
  const user = frontProxyUser(
    [
      'X-Remote-User',
      'alice',
      'x-remote-group',
      'dev, with a comma',
      'X-Remote-Group',
      'ops',
      'X-Remote-Uid',
      '42',
      'X-Remote-Extra-Scopes',
      'a%2Fb',
      'x-remote-extra-scopes',
      'c',
      'X-Remote-Extra-Acme.com%2FProject',
      'p',
    ],
    HEADERS,
  );
  assert.deepEqual(user, {
    name: 'alice',
    uid: '42',
    groups: ['dev, with a comma', 'ops'],
    extra: Object.assign(Object.create(null), { scopes: ['a%2Fb', 'c'], 'acme.com/project': ['p'] }),
  });
});

/** As Node gives a header whose bytes are UTF-8. */
const onWire = (text: string) => Buffer.from(text).toString('latin1');

test('reads names as UTF-8', () => {
  const names = ['jörg', 'Köln', '日本', '🚀', '\ufeffbom', 'e\u0301'];
  for (const name of names) {
    const headers = [
      'x-remote-user',
      name,
      'x-remote-group',
      name,
      'x-remote-uid',
      name,
      'x-remote-extra-a',
      name,
    ];
    assert.deepEqual(frontProxyUser(headers.map(onWire), HEADERS), {
      name,
      uid: name,
      groups: [name],
      extra: Object.assign(Object.create(null), { a: [name] }),
    });
  }
});

test('bytes that are not UTF-8 name no user', () => {
  for (const bytes of ['\xf6', 'j\xf6rg', '\xc3', '\xed\xa0\x80', '\xc0\x80']) {
    assert.equal(frontProxyUser(['x-remote-user', bytes], HEADERS), undefined);
    assert.equal(frontProxyUser(['x-remote-user', 'a', 'x-remote-group', bytes], HEADERS), undefined);
    assert.equal(frontProxyUser(['x-remote-user', 'a', 'x-other', bytes], HEADERS)?.name, 'a');
  }
});

test('takes the first of the headers that names a user, and no user without one', () => {
  assert.equal(frontProxyUser(['x-old-user', 'bob'], HEADERS)?.name, 'bob');
  assert.equal(frontProxyUser(['x-remote-user', '', 'x-old-user', 'bob'], HEADERS)?.name, 'bob');
  assert.equal(frontProxyUser(['x-remote-group', 'system:masters'], HEADERS), undefined);
  assert.equal(frontProxyUser(['x-remote-user', '', 'x-remote-user', 'root'], HEADERS), undefined);
});
