import { describeCode, describeIfCoded } from '../findings/described.ts';
import type { MetricExplanation } from './evaluate.ts';
import type { Explanation, ForeignMetric } from './explanation.ts';
import type { RecordAnswer } from './values.ts';

/** An explanation as JSON: values in the metric's unit, infinity as null, and each code with its severity and description. */
export function plain({ metrics, pods, decision, ...explanation }: Explanation): unknown {
  return {
    ...explanation,
    pods: pods.map(({ code, ...pod }) => ({ ...pod, ...describeIfCoded(code) })),
    metrics: metrics.map((each) => ('foreign' in each ? plainForeign(each) : plainMetric(each))),
    decision: {
      range: decision.range,
      reasons: decision.reasons.map(({ code, text }) => ({ ...describeCode(code), text })),
    },
  };
}

function plainForeign({ foreign, result, code }: ForeignMetric): unknown {
  return { foreign, result: { ...result, ...describeCode(code) } };
}

function plainMetric({ question, from, values, records, steps, result, code }: MetricExplanation): unknown {
  const { target, ...asked } = question;
  return {
    ...asked,
    target: { type: target.type, value: target.milli / 1000 },
    from,
    value: values?.of === 'all' ? values.value / 1000 : undefined,
    values:
      values?.of === 'pods'
        ? Object.fromEntries([...values.values].map(([name, value]) => [name, value / 1000]))
        : undefined,
    records: records && plainRecords(records),
    steps,
    result: { ...result, ...describeIfCoded(code) },
  };
}

function plainRecords({ of, parts, total, code }: RecordAnswer): unknown {
  return {
    [of]: parts.map(({ code, ...part }) => ({ ...part, ...describeIfCoded(code) })),
    total,
    ...describeIfCoded(code),
  };
}
