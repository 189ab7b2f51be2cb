import { test } from 'node:test';
import { scaleBehindGateway } from './behind-gateway.ts';

const GATE = ['--feature-gates=HPAScaleToZero=true'];

test('a request that a gateway rejects wakes a workload, and a silent gateway neither wakes nor scales in one', {
  timeout: 480_000,
}, async (t) => {
  const options = { apiserverArgs: GATE, controllerManagerArgs: GATE };
  const delay = await scaleBehindGateway(options, 'hpa-zero-gateway.log');
  t.diagnostic(`1 replica ${Math.round(delay)} ms after the rejected request`);
});
