import { once } from 'node:events';
import { startDashboard } from '@activescale/dashboard';
import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { CLUSTER_USAGE, CONNECTION_OPTIONS, noPositionals, parseOptions } from '../options.ts';
import { readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { openBrowser } from './open-browser.ts';
import { openLiveRecords } from './read/live-records.ts';
import { createClusterSource } from './source.ts';

const { output: _, ...CONNECTION } = CONNECTION_OPTIONS;

const OPTIONS = {
  ...CONNECTION,
  port: { type: 'string', default: '0' },
  'no-open': { type: 'boolean', default: false },
  'install-namespace': { type: 'string', default: 'activescale' },
  'istio-namespace': { type: 'string', default: 'istio-system' },
} as const;

export const dashboardCommand: Command = {
  summary: 'serve a live page of the workloads, on this machine only',
  usage: `activescale dashboard [options]

Serves a page on 127.0.0.1 until Ctrl-C, with your own access to the cluster and to Valkey, and opens it in the browser. The URL
contains a token: anyone on this machine who has it sees what you may see.

      --port PORT                port of 127.0.0.1 (default: any free one)
      --no-open                  print the URL, and do not open a browser
      --install-namespace NAME   namespace of activescale (default activescale)
      --istio-namespace NAME     namespace of istiod (default istio-system)

  -n, --namespace NAME     show the workloads of this namespace (default: of all namespaces)
${CLUSTER_USAGE}`,
  options: OPTIONS,
  async run(args, context) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    noPositionals(positionals);
    const port = portOf(values.port);
    const settings = readRecordSettings(context.env, values['valkey-addr']);
    const { client, namespace } = await openCluster(values);
    await using records = openLiveRecords(settings, client, values.namespace ?? namespace);
    const source = createClusterSource({
      client,
      namespace: values.namespace,
      installNamespace: values['install-namespace'],
      istioNamespace: values['istio-namespace'],
      settings,
      records,
    });
    await using dashboard = await startDashboard({ source, port });
    context.out.document(`${dashboard.url}\n`);
    using _opened = values['no-open'] ? undefined : openBrowser(dashboard.url, context.env);
    const interrupted = context.interrupted();
    if (!interrupted.aborted) await once(interrupted, 'abort');
    return 0;
  },
};

/** @throws UsageError */
function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port ${JSON.stringify(text)}: expected a number from 0 to 65535`);
}
