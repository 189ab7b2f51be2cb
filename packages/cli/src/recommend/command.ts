import { writeFile } from 'node:fs/promises';
import { reasonOf } from '../cluster/ask.ts';
import type { Command } from '../command.ts';
import { requireWritable } from '../files/writable.ts';
import { json } from '../format.ts';
import {
  CONNECTION_OPTIONS,
  CONTEXT_NAMESPACE,
  connectionUsage,
  OUTPUT_CHOICES,
  parseOptions,
  wantsJson,
} from '../options.ts';
import { PROMETHEUS_USAGE } from '../prometheus/server-url.ts';
import { parseObjectives } from './curve/objective.ts';
import { type Question, recommendationOf } from './curve/recommendation.ts';
import { encodeSaved } from './evidence/saved.ts';
import { parseHeadroom } from './options.ts';
import { plain } from './plain.ts';
import { reportOf } from './report.ts';
import { findEvidence } from './sources.ts';
import { recommendationSvg } from './svg.ts';
import { recommendationText } from './text.ts';

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  for: { type: 'string' },
  slo: { type: 'string' },
  headroom: { type: 'string', default: '30%' },
  prometheus: { type: 'string' },
  histogram: { type: 'string' },
  save: { type: 'string' },
  from: { type: 'string' },
  svg: { type: 'string' },
} as const;

/** The exit code without a recommendation. */
const REFUSED = 4;

export const recommendCommand: Command = {
  summary: 'propose a target from observations of a workload, or refuse',
  usage: `activescale recommend deploy/NAME [options]
activescale recommend --from FILE [options]

Observes how durations and errors of the workload's pods depend on the number of requests in flight, finds the highest number
that keeps the objectives, and proposes an averageValue. Meanwhile, increase the load until the objectives are exceeded.
Exit code ${REFUSED}: no target is proposed.

      --for DURATION       how long to observe (default 30m; Ctrl-C ends it early), or the length of the history of
                           --prometheus (default 6h)
      --slo OBJECTIVES     such as p95=400ms, mean=2x (of the unloaded duration) or p99=1s,errors=1%
                           (default mean=1.5x, and at most 1 % more errors than unloaded)
      --headroom SHARE     share of the limit that is kept free (default 30%)
      --svg FILE           write the curve as an image
      --save FILE          write the evidence, to evaluate it with --from
      --from FILE          evaluate saved evidence${PROMETHEUS_USAGE}
      --histogram METRIC   histogram of durations by pod, as NAME{SELECTOR}, in ms, or in s if NAME ends with _seconds
                           (default istio_request_duration_milliseconds of the workload)
${connectionUsage(CONTEXT_NAMESPACE)}`,
  options: OPTIONS,
  choices: OUTPUT_CHOICES,
  objects: 'workload',
  async run(args, context) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const asJson = wantsJson(values.output);
    const objectives = values.slo === undefined ? undefined : parseObjectives(values.slo);
    const question: Question = { objectives, headroom: parseHeadroom(values.headroom) };
    const { save, svg } = values;
    if (save !== undefined) await requireWritable('--save', save);
    if (svg !== undefined) await requireWritable('--svg', svg);
    const found = await findEvidence(values, positionals, objectives ?? [], context);
    const { workload, namespace, pods } = found;
    if (save !== undefined) await write('--save', save, encodeSaved(found));
    const report = reportOf(pods, recommendationOf(pods, question), {
      workload,
      namespace,
      headroom: question.headroom,
      unknown: found.unknown,
    });
    if (svg !== undefined) await write('--svg', svg, recommendationSvg(report));
    if (asJson) context.out.document(json(plain(report)));
    else context.out.text(report, recommendationText);
    return report.averageValue === undefined ? REFUSED : 0;
  },
};

/** @throws Error that names the option */
async function write(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Error(`${option} ${JSON.stringify(file)}: ${reasonOf(error)}`, { cause: error });
  }
}
