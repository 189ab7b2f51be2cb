import { startDashboard } from '@activescale/dashboard';
import { createDemoSource } from './page/source.ts';
import { createQuery } from './query.ts';
import { runDemo } from './run.ts';
import { openScreen } from './screen/screen.ts';
import { type Summary, summaryLines } from './screen/summary.ts';
import { type Frame, pageLines, plainLine, table } from './screen/table.ts';
import { type Stack, startStack } from './stack.ts';
import { steps } from './traffic.ts';
import { demoSeconds, whenInterrupted } from './when-to-end.ts';

const namespace = 'demo';
const hpa = { averageValue: 10, min: 3, max: 5 };
/** Needs 3, 4, 5 and again 3 pods. Each level ends between two syncs of the HPA, and the highest between two scrapes. */
const load = steps(5, [24, 37, 48, 16]);

const seconds = demoSeconds(process.env);
const interrupted = whenInterrupted();
try {
  process.stdout.write('starting Valkey, ingest, api and three Envoys ...\n');
  await using stack = await startStack(namespace, hpa.min);
  const summary = await show(stack);
  process.stdout.write(`${summaryLines(summary).join('\n')}\n`);
} catch (error) {
  // An interrupted start is not a failed one.
  if (!interrupted.aborted) throw error;
}
process.exit(0);

async function show(stack: Stack): Promise<Summary> {
  using query = createQuery(stack.securePort, namespace);
  const source = createDemoSource(namespace, query);
  await using dashboard = await startDashboard({ source, port: 0 });
  process.stdout.write(`${dashboard.url}\n`);
  const withPage = (frame: Frame, width: number) => [
    ...table(frame, width),
    ...pageLines(dashboard.url, width),
  ];
  using screen = openScreen(process.stdout, { table: withPage, plainLine });
  const over = new AbortController();
  if (Number.isFinite(seconds)) setTimeout(() => over.abort(), seconds * 1_000).unref();
  const end = AbortSignal.any([interrupted, over.signal]);
  const draw = (frame: Frame) => {
    source.note(frame, performance.now());
    screen.draw(frame);
  };
  return await runDemo({ stack, namespace, hpa, load, end, draw });
}
