import { writeFile } from 'node:fs/promises';
import { chartSvg } from '../chart/chart-svg.ts';
import { askedAutoscaler } from '../cluster/asked-autoscaler.ts';
import { autoscalerOf } from '../cluster/autoscaler-of.ts';
import { openCluster } from '../cluster/connect.ts';
import type { Command } from '../command.ts';
import { requireWritable } from '../files/writable.ts';
import { json } from '../format.ts';
import { noPositionals, OUTPUT_CHOICES, parseOptions, wantsJson } from '../options.ts';
import { compare, requireLength } from './compare.ts';
import { observedLoad } from './observed-load.ts';
import { capacityOf, sourceOf, WHAT_IF_OPTIONS } from './options.ts';
import { comparisonChart } from './picture.ts';
import { plain } from './plain.ts';
import type { LoadSeries, ReplayedHpa } from './series/load-series.ts';
import { readSeries, saveSeries } from './series/series-file.ts';
import { askedSettings } from './settings/asked-settings.ts';
import { settingsOf } from './settings/combinations.ts';
import { BEHAVIOR_PRESETS } from './settings/named-behavior.ts';
import { comparisonText } from './text.ts';
import { WHAT_IF_USAGE } from './usage.ts';

export const whatIfCommand: Command = {
  summary: 'replay the load of an HPA under other targets and settings',
  usage: WHAT_IF_USAGE,
  options: WHAT_IF_OPTIONS,
  choices: { ...OUTPUT_CHOICES, behavior: BEHAVIOR_PRESETS },
  objects: 'hpa or workload',
  async run(args, context) {
    const { out } = context;
    const { values, positionals } = parseOptions(args, WHAT_IF_OPTIONS);
    const asJson = wantsJson(values.output);
    const source = sourceOf(values);
    const capacity = capacityOf(values.capacity);
    const asked = await askedSettings(values);
    const { svg } = values;
    if (svg !== undefined) await requireWritable('--svg', svg);
    let series: LoadSeries;
    if (source.kind === 'file') {
      noPositionals(positionals);
      series = await readSeries(source.path);
    } else {
      const { save } = source;
      const workload = askedAutoscaler(positionals);
      if (save !== undefined) await requireWritable('--save', save);
      const cluster = await openCluster(values);
      const { client } = cluster;
      const namespace = values.namespace ?? cluster.namespace;
      const name = await autoscalerOf(client, namespace, workload);
      const length = source.kind === 'collect' ? source.duration : source.span;
      const check = (hpa: ReplayedHpa) => requireLength(length, settingsOf(hpa, asked));
      series = await observedLoad(source, { client, namespace, name }, context, check);
      if (save !== undefined) await saveSeries(save, series);
    }
    const comparison = compare(series, settingsOf(series.hpa, asked), capacity);
    if (svg !== undefined) await writeFile(svg, chartSvg(comparisonChart(comparison)));
    if (asJson) out.document(json(plain(comparison)));
    else out.text(comparison, comparisonText);
    return 0;
  },
};
