import { test } from 'node:test';
import { scaleBehindGateway } from '../e2e/hpa/behind-gateway.ts';

test('a request that a gateway rejects wakes a workload, and a silent gateway neither wakes nor scales in one', {
  timeout: 480_000,
}, async (t) => {
  const delay = await scaleBehindGateway({ kubernetes: 'newest' }, 'hpa-zero-gateway-newest.log');
  t.diagnostic(`1 replica ${Math.round(delay)} ms after the rejected request`);
});
