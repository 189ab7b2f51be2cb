import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import {
  CONNECTION_OPTIONS,
  connectionUsage,
  noPositionals,
  OUTPUT_CHOICES,
  parseOptions,
  wantsJson,
} from '../options.ts';
import { readRecordSettings } from '../records/settings.ts';
import { createContext } from './context.ts';
import { plain } from './plain.ts';
import { preflight } from './preflight/run.ts';
import { examine, exitCode } from './run.ts';
import { reportText } from './text.ts';

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  'install-namespace': { type: 'string', default: 'activescale' },
  'istio-namespace': { type: 'string', default: 'istio-system' },
  preflight: { type: 'boolean', default: false },
} as const;

export const doctorCommand: Command = {
  summary: 'find faults between the proxies and the HPA, with remedies',
  usage: `activescale doctor [options]

Checks the path of a value from the HPA back to the proxy, and prints each fault with its remedy.
Exit code 0: no check failed or was skipped; 1: a check failed; 3: no check failed, but some were skipped.

      --preflight                check the requirements of an installation, and what it would replace
      --install-namespace NAME   namespace of activescale (default activescale)
      --istio-namespace NAME     namespace of istiod (default istio-system)
${connectionUsage('check the HPAs of this namespace (default: of all namespaces)')}`,
  options: OPTIONS,
  choices: OUTPUT_CHOICES,
  async run(args, { env, out }) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    noPositionals(positionals);
    const asJson = wantsJson(values.output);
    const settings = readRecordSettings(env, values['valkey-addr']);
    const { client } = await openCluster(values);
    const context = createContext({
      client,
      namespace: values.namespace,
      installNamespace: values['install-namespace'],
      istioNamespace: values['istio-namespace'],
      settings,
    });
    try {
      const reports = await (values.preflight ? preflight(context) : examine(context));
      if (asJson) out.document(json(reports.map(plain)));
      else out.text(reports, reportText);
      return exitCode(reports);
    } finally {
      await context.close();
    }
  },
};
