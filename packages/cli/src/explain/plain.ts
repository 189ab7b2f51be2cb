import type { MetricExplanation } from './evaluate.ts';
import type { Explanation } from './explanation.ts';

/** An explanation as JSON: values in the metric's unit, infinity as null. */
export function plain({ metrics, ...explanation }: Explanation): unknown {
  return { ...explanation, metrics: metrics.map((each) => ('foreign' in each ? each : plainMetric(each))) };
}

function plainMetric({ question, from, values, records, steps, result }: MetricExplanation): unknown {
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
    records: records && { [records.of]: records.parts, total: records.total },
    steps,
    result,
  };
}
