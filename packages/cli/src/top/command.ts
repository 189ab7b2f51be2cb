import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '@activescale/store';
import type { Command, Context } from '../command.ts';
import { readAllReports } from '../demand/read.ts';
import { json } from '../format.ts';
import {
  CONNECTION_OPTIONS,
  CONNECTION_USAGE,
  noPositionals,
  OUTPUT_CHOICES,
  parseOptions,
  wantsJson,
} from '../options.ts';
import { openRecords } from '../records/open.ts';
import { type RecordSettings, readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { type DemandRow, demandRows, demandText } from './demand-rows.ts';
import { rowsOf, type TopRow, topText } from './rows.ts';
import type { Area } from './screen.ts';

/** Flushes are usually no more frequent. */
const REFRESH_MS = 1_000;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  demand: { type: 'boolean' },
  once: { type: 'boolean' },
} as const;

export const topCommand: Command = {
  summary: 'show the pods of a namespace that push, or the demand for its Services and routes, live',
  usage: `activescale top -n NAMESPACE [options]

Reads only Valkey, every second until Ctrl-C; once with --once, for JSON, and if the output is not a terminal.
${CONNECTION_USAGE}
      --demand             show Services and routes, as reported by gateways and other sources, instead of pods
      --once               print once`,
  options: OPTIONS,
  choices: OUTPUT_CHOICES,
  async run(args, context) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    noPositionals(positionals);
    const asJson = wantsJson(values.output);
    const { namespace, once = false, demand = false } = values;
    if (namespace === undefined) throw new UsageError('-n NAMESPACE is missing');
    const settings = readRecordSettings(context.env, values['valkey-addr']);
    if (!settings.given)
      throw new UsageError('the address of Valkey is missing: VALKEY_ADDR or --valkey-addr');
    const store = await openRecords(settings);
    try {
      const place = { store, settings, namespace };
      const how = { ...context, once, asJson };
      await (demand ? show(DEMAND, place, how) : show(PODS, place, how));
      return 0;
    } finally {
      await store.close();
    }
  },
};

interface Place {
  readonly store: Store;
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

/** Until Ctrl-C. Shows that Valkey is down while it is. */
async function follow<Row>(view: View<Row>, place: Place, { out, interrupted }: Context): Promise<void> {
  const signal = interrupted();
  while (!signal.aborted) {
    const rows = place.store.state === 'up' ? await view.read(place) : undefined;
    out.screen(rows, (shown, width) =>
      shown ? view.text(place.namespace, shown, { width, lines: out.lines }) : 'Valkey is down\n',
    );
    await sleep(REFRESH_MS, undefined, { signal }).catch(() => {});
  }
}
