import { openScreen } from '../screen/screen.ts';
import { steps } from '../traffic.ts';
import { demoSeconds, whenInterrupted } from '../when-to-end.ts';
import { runGatewayDemo } from './run.ts';
import { type GatewayStack, startGatewayStack } from './stack.ts';
import { type GatewaySummary, gatewaySummaryLines } from './summary.ts';
import { gatewayLine, gatewayTable } from './table.ts';

const namespace = 'shop';
const hpa = { averageValue: 10, max: 3 };
/** One that is never idle, one whose traffic stops and resumes, and one with an occasional call. */
const calls = new Map([
  ['web', steps(10, [8, 27, 14])],
  ['pay', steps(20, [9, 0, 0])],
  ['report', steps(15, [0, 1, 0, 0])],
]);

const seconds = demoSeconds(process.env);
const interrupted = whenInterrupted();
const failure = new AbortController();
try {
  process.stdout.write('starting Valkey, ingest, api and a gateway Envoy ...\n');
  await using stack = await startGatewayStack({
    namespace,
    services: [...calls.keys()],
    startMs: 2_000,
    demandHold: '10s',
    failed: (error) => failure.abort(error),
  });
  const summary = await show(stack);
  failure.signal.throwIfAborted();
  process.stdout.write(`${gatewaySummaryLines(summary).join('\n')}\n`);
} catch (error) {
  // An interrupted start is not a failure.
  if (!interrupted.aborted) throw error;
}
process.exit(0);

async function show(stack: GatewayStack): Promise<GatewaySummary> {
  using screen = openScreen(process.stdout, { table: gatewayTable, plainLine: gatewayLine });
  const over = new AbortController();
  if (Number.isFinite(seconds)) setTimeout(() => over.abort(), seconds * 1_000).unref();
  const end = AbortSignal.any([interrupted, over.signal, failure.signal]);
  return await runGatewayDemo({ stack, namespace, hpa, calls, end, draw: screen.draw });
}
