import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanMessage } from '@activescale/protocol/envoy';
import { gatewayFlushes } from './gateway.ts';
import { readMessages } from './recording.ts';

test('the flushes of a gateway have new counts for busy destinations only', () => {
  const [recorded] = readMessages('bench/clusters-410.bin.gz');
  assert.ok(recorded);
  const [first, second] = gatewayFlushes(recorded, { destinations: 20, busy: 5 }, 2).map((message) => {
    const { wanted } = scanMessage(message, { wants: () => true });
    return new Map(
      wanted
        .filter(({ name }) => /^cluster\.outbound.*;\.upstream_rq_total$/.test(name))
        .map(({ name, value }) => [name, value]),
    );
  });
  assert.equal(first?.size, 20);
  const changed = [...first].filter(([name, value]) => second?.get(name) !== value);
  assert.equal(changed.length, 5);
});
