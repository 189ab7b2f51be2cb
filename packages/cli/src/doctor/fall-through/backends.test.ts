import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendsOf } from './backends.ts';

test('a backend is a namespace, a Service and the port 443 or another', () => {
  const of = (value: string) => backendsOf(new Map([['FALLTHROUGH_CUSTOM', value]]))[0];
  assert.deepEqual(
    [of('monitoring/prometheus-adapter')?.namespace, of('monitoring/prometheus-adapter')?.service],
    ['monitoring', 'prometheus-adapter'],
  );
  assert.equal(of('monitoring/prometheus-adapter')?.port, 443);
  assert.equal(of('monitoring/prometheus-adapter:6443')?.port, 6443);
  for (const nothing of ['', 'prometheus-adapter', 'a/b/c', 'https://a/b'])
    assert.equal(of(nothing), undefined);
});
