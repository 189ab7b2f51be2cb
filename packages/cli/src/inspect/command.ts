import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import { CONNECTION_OPTIONS, connectionUsage, OUTPUT_CHOICES, parseOptions, wantsJson } from '../options.ts';
import { openReader } from '../records/open.ts';
import { readRecordSettings } from '../records/settings.ts';
import { inspectDestination } from './destination.ts';
import { destinationText } from './destination-text.ts';
import { inspectPod } from './pod.ts';
import { subjectOf } from './subject.ts';
import { recordText } from './text.ts';

export const inspectCommand: Command = {
  summary: 'show the record of a pod, or what sources report about a Service or route',
  usage: `activescale inspect pod NAMESPACE/NAME [options]
activescale inspect service|httproute|grpcroute NAMESPACE/NAME [options]

Shows the record of a pod, or what each source reports about a Service or route. Reads only records. Exit code 1 if there is no
record, and no source that would report the Service or route.
${connectionUsage('namespace, if it is not in NAMESPACE/NAME')}`,
  options: CONNECTION_OPTIONS,
  words: ['pod', 'service', 'httproute', 'grpcroute'],
  objects: 'pod or destination',
  choices: OUTPUT_CHOICES,
  async run(args, { env, out }) {
    const { values, positionals } = parseOptions(args, CONNECTION_OPTIONS);
    const asJson = wantsJson(values.output);
    const { kind, ...name } = subjectOf(positionals, values.namespace);
    const settings = readRecordSettings(env, values['valkey-addr']);
    const { metricTtl } = settings;
    const client = async () => (await openCluster(values)).client;
    const { store, source } = await openReader(settings, client, name.namespace);
    // Only api knows its prefix.
    const place = { ...settings, keyPrefix: source === 'api' ? undefined : settings.keyPrefix };
    try {
      if (kind === 'pod') {
        const inspected = await inspectPod(store, name, place);
        if (asJson) out.document(json(inspected));
        else out.text(inspected, (shown, width) => recordText(shown, metricTtl, width));
      } else {
        const inspected = await inspectDestination(store, { kind, ...name }, place);
        if (asJson) out.document(json(inspected));
        else out.text(inspected, (shown, width) => destinationText(shown, metricTtl, width));
      }
      return 0;
    } finally {
      await store.close();
    }
  },
};
