import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../cluster/ask.ts';
import { openCluster } from '../cluster/connect.ts';
import type { Command, Context } from '../command.ts';
import { readAllReports } from '../demand/read.ts';
import { json } from '../format.ts';
import { wrap } from '../layout.ts';
import {
  CONNECTION_OPTIONS,
  connectionUsage,
  noPositionals,
  OUTPUT_CHOICES,
  parseOptions,
  wantsJson,
} from '../options.ts';
import { openReader, type RecordSource } from '../records/open.ts';
import { isTemporary, type RecordReader } from '../records/reader.ts';
import { type RecordSettings, readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { type DemandRow, demandRows, demandText } from './demand-rows.ts';
import { rowsOf, type TopRow, topText } from './rows.ts';
import type { Area } from './screen.ts';

/** Flushes are usually no more frequent; through kube-apiserver a query costs more. */
const REFRESH_MS: Readonly<Record<RecordSource, number>> = { Valkey: 1_000, api: 2_000 };

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  demand: { type: 'boolean' },
  once: { type: 'boolean' },
} as const;

export const topCommand: Command = {
  summary: 'show the pods of a namespace that push, or the demand for its Services and routes, live',
  usage: `activescale top -n NAMESPACE [options]

Shows a table of the pods that push, the busiest first, until Ctrl-C. Reads the records every second, or through api every 2 s.
Prints the table only once with --once, with -o json, and if the output is not a terminal.

      --demand             show Services and routes, as reported by gateways and other sources, instead of pods
      --once               print once
${connectionUsage('namespace, required')}`,
  options: OPTIONS,
  choices: OUTPUT_CHOICES,
  async run(args, context) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    noPositionals(positionals);
    const asJson = wantsJson(values.output);
    const { namespace, once = false, demand = false } = values;
    if (namespace === undefined) throw new UsageError('-n NAMESPACE is missing');
    const settings = readRecordSettings(context.env, values['valkey-addr']);
    const client = async () => (await openCluster(values)).client;
    const { store, source } = await openReader(settings, client, namespace);
    try {
      const place = { store, source, settings, namespace };
      const how = { ...context, once, asJson };
      await (demand ? show(DEMAND, place, how) : show(PODS, place, how));
      return 0;
    } finally {
      await store.close();
    }
  },
};

interface Place {
  readonly store: RecordReader;
  readonly source: RecordSource;
  readonly settings: RecordSettings;
  readonly namespace: string;
}

/** What is shown. */
interface View<Row> {
  read(place: Place): Promise<Row[]>;
  text(namespace: string, rows: readonly Row[], area: Area): string;
}

const PODS: View<TopRow> = {
  async read({ store, settings, namespace }) {
    const names = await store.pods(namespace, 0);
    const values = names.length === 0 ? [] : await store.slots(namespace, names);
    // Includes the address if ingest has verified it: only the cluster knows which pod has it.
    const pods = names.map((name) => ({ name }));
    return rowsOf({ pods, values, now: store.clock.now() ?? 0 }, settings);
  },
  text: topText,
};

const DEMAND: View<DemandRow> = {
  async read({ store, settings, namespace }) {
    const reports = await readAllReports(store, namespace);
    return demandRows(reports, store.clock.now() ?? 0, settings);
  },
  text: demandText,
};

interface How extends Context {
  readonly once: boolean;
  readonly asJson: boolean;
}

async function show<Row>(view: View<Row>, place: Place, { once, asJson, ...context }: How): Promise<void> {
  const { out } = context;
  if (!once && !asJson && out.lines !== undefined) return follow(view, place, context);
  const rows = await view.read(place);
  if (asJson) out.document(json(rows));
  else out.text(rows, (shown, width) => view.text(place.namespace, shown, { width, lines: undefined }));
}

/** Until Ctrl-C. While the records cannot be read, shows why. */
async function follow<Row>(view: View<Row>, place: Place, { out, interrupted }: Context): Promise<void> {
  const signal = interrupted();
  while (!signal.aborted) {
    const read = await view.read(place).catch(unlessTemporary);
    out.screen(read, (shown, width) =>
      Array.isArray(shown)
        ? view.text(place.namespace, shown, { width, lines: out.lines })
        : `${wrap(shown.why, width).join('\n')}\n`,
    );
    await sleep(REFRESH_MS[place.source], undefined, { signal }).catch(() => {});
  }
}

function unlessTemporary(error: unknown): { readonly why: string } {
  if (!isTemporary(error)) throw error;
  return { why: reasonOf(error) };
}
