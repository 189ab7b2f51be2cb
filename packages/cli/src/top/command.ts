import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '@activescale/store';
import type { Command, Context } from '../command.ts';
import { json } from '../format.ts';
import { CONNECTION_OPTIONS, CONNECTION_USAGE, noPositionals, parseOptions, wantsJson } from '../options.ts';
import { openRecords } from '../records/open.ts';
import { type RecordSettings, readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { rowsOf, type TopRow, topText } from './rows.ts';

/** Flushes are usually no more frequent. */
const REFRESH_MS = 1_000;

export const topCommand: Command = {
  summary: 'show the pods of a namespace that push, live',
  usage: `activescale top -n NAMESPACE [options]

Reads only Valkey, every second until Ctrl-C; once with --once, for JSON, and if the output is not a terminal.
${CONNECTION_USAGE}
      --once               print once`,
  async run(args, context) {
    const { values, positionals } = parseOptions(args, { ...CONNECTION_OPTIONS, once: { type: 'boolean' } });
    noPositionals(positionals);
    const asJson = wantsJson(values.output);
    const { namespace } = values;
    if (namespace === undefined) throw new UsageError('-n NAMESPACE is missing');
    const settings = readRecordSettings(context.env, values['valkey-addr']);
    if (!settings.given)
      throw new UsageError('the address of Valkey is missing: VALKEY_ADDR or --valkey-addr');
    const store = await openRecords(settings);
    try {
      const once = asJson || values.once === true || context.out.lines === undefined;
      if (!once) return await follow(store, settings, namespace, context);
      const rows = await read(store, settings, namespace);
      if (asJson) context.out.document(json(rows));
      else context.out.text(rows, (shown, width) => topText(namespace, shown, { width, lines: undefined }));
      return 0;
    } finally {
      await store.close();
    }
  },
};

/** Until Ctrl-C. Shows that Valkey is down while it is. */
async function follow(
  store: Store,
  settings: RecordSettings,
  namespace: string,
  { out, interrupted }: Context,
): Promise<number> {
  const signal = interrupted();
  while (!signal.aborted) {
    const rows = store.state === 'up' ? await read(store, settings, namespace) : undefined;
    out.screen(rows, (shown, width) =>
      shown ? topText(namespace, shown, { width, lines: out.lines }) : 'Valkey is down\n',
    );
    await sleep(REFRESH_MS, undefined, { signal }).catch(() => {});
  }
  return 0;
}

async function read(store: Store, settings: RecordSettings, namespace: string): Promise<TopRow[]> {
  const names = await store.pods(namespace, 0);
  const values = names.length === 0 ? [] : await store.slots(namespace, names);
  // With the address if ingest has verified it: only the cluster knows whose it is.
  const pods = names.map((name) => ({ name }));
  return rowsOf({ pods, values, now: store.clock.now() ?? 0 }, settings);
}
