import { DEFAULT_TOLERANCE } from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import { askedAutoscaler } from '../cluster/asked-autoscaler.ts';
import { autoscalerOf } from '../cluster/autoscaler-of.ts';
import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import {
  CONNECTION_OPTIONS,
  CONTEXT_NAMESPACE,
  connectionUsage,
  OUTPUT_CHOICES,
  parseOptions,
  wantsJson,
} from '../options.ts';
import { openReader } from '../records/open.ts';
import { NoRecordsError } from '../records/reader.ts';
import { type RecordSettings, readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { explain } from './explain.ts';
import { plain } from './plain.ts';
import { explanationText } from './text.ts';

const OPTIONS = { ...CONNECTION_OPTIONS, tolerance: { type: 'string' } } as const;

export const explainCommand: Command = {
  summary: 'explain the number of replicas of an HPA, and what it does next',
  usage: `activescale explain hpa/NAME [options]
activescale explain deploy/NAME [options]

Explains the HPA, or the HPA that scales the workload. If the records cannot be read, the values come from the metrics API alone,
without states, ages and arithmetic.

      --tolerance RATIO    tolerance of kube-controller-manager (default 0.1)
${connectionUsage(CONTEXT_NAMESPACE)}`,
  options: OPTIONS,
  choices: OUTPUT_CHOICES,
  objects: 'hpa or workload',
  async run(args, { env, out }) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const asJson = wantsJson(values.output);
    const asked = askedAutoscaler(positionals);
    const tolerance = readTolerance(values.tolerance);
    const settings = readRecordSettings(env, values['valkey-addr']);
    const cluster = await openCluster(values);
    const { client } = cluster;
    const namespace = values.namespace ?? cluster.namespace;
    const name = await autoscalerOf(client, namespace, asked);
    const { store, recordSource } = await findRecords(settings, client, namespace);
    try {
      const explanation = await explain({
        client,
        namespace,
        name,
        tolerance,
        records: store && { store, settings },
        recordSource,
        now: Date.now(),
      });
      if (asJson) out.document(json(plain(explanation)));
      else out.text(explanation, explanationText);
      return explanation.recommendation?.outcome === 'failed' ? 1 : 0;
    } finally {
      await store?.close();
    }
  },
};

/** Where the records are. Without Valkey, this user may lack the right to read them; the HPA can be explained without. */
async function findRecords(settings: RecordSettings, client: KubeClient, namespace: string) {
  const { store, source } = await openReader(settings, async () => client, namespace);
  if (source === 'Valkey') return { store, recordSource: undefined };
  try {
    await store.pods(namespace, 0, '');
    return { store, recordSource: 'read through api' };
  } catch (error) {
    if (!(error instanceof NoRecordsError)) throw error;
    return { store: undefined, recordSource: `none: ${error.message}` };
  }
}

function readTolerance(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TOLERANCE;
  const tolerance = Number(text);
  if (text.trim() !== '' && tolerance >= 0 && tolerance < 1) return tolerance;
  throw new UsageError(`--tolerance ${JSON.stringify(text)}: expected a ratio from 0 to below 1`);
}
