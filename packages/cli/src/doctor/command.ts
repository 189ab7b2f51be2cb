import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import { CONNECTION_OPTIONS, CONNECTION_USAGE, noPositionals, parseOptions, wantsJson } from '../options.ts';
import { readRecordSettings } from '../records/settings.ts';
import { createContext } from './context.ts';
import { examine } from './run.ts';
import { reportText } from './text.ts';

export const doctorCommand: Command = {
  summary: 'what is wrong between the proxies and the HPA, and how to put it right',
  usage: `activescale doctor [options]

Exit code 1 where something was found. Without -n the HPAs of all namespaces are looked at.
${CONNECTION_USAGE}
      --install-namespace NAME   where activescale is (default activescale)
      --istio-namespace NAME     where istiod is (default istio-system)`,
  async run(args, { env, out }) {
    const options = {
      ...CONNECTION_OPTIONS,
      'install-namespace': { type: 'string', default: 'activescale' },
      'istio-namespace': { type: 'string', default: 'istio-system' },
    } as const;
    const { values, positionals } = parseOptions(args, options);
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
      const reports = await examine(context);
      if (asJson) out.document(json(reports));
      else out.text(reports, reportText);
      return reports.some(({ findings }) => findings.length > 0) ? 1 : 0;
    } finally {
      await context.close();
    }
  },
};
