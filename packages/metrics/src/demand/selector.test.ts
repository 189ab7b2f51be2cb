import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import { parseDemandSelector } from './selector.ts';

test('a destination is named by its kind, besides window and port', () => {
  const parse = (text: string) => parseDemandSelector(parseLabelSelector(text));
  assert.deepEqual(parse('service=web'), { kind: 'service', name: 'web', metric: [] });
  assert.deepEqual(parse('httproute==web.v1').kind, 'httproute');
  assert.deepEqual(parse('grpcroute=api').name, 'api');
  const { metric } = parse('over=30s,port=80,service=web');
  assert.deepEqual(
    metric.map(({ key }) => key),
    ['over', 'port'],
  );
});

test('any other selector is refused by naming what is expected', () => {
  const expected = /service=web, httproute=web and grpcroute=web/;
  for (const text of [
    '',
    'over=30s',
    'service=',
    'service',
    '!service',
    'service!=web',
    'service in (web)',
    'service in (web,api)',
    'service=web,service=api',
    'service=web,httproute=web',
    'service=web,app=web',
    'workload=web',
    'app=web',
  ])
    assert.throws(() => parseDemandSelector(parseLabelSelector(text)), expected, text);
});
