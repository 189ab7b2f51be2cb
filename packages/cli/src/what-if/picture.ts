import type { Chart, Line, Point } from '../chart/chart.ts';
import type { Comparison } from './compare.ts';
import type { Phase } from './replay/phases.ts';

type Time = Pick<Phase, 'from' | 'to'>;

/** The load and the replicas of each setting over time. */
export function comparisonChart({ hpa, seconds, segments, observed, replays }: Comparison): Chart {
  const perHour = seconds >= 7_200;
  const [unit, text] = perHour ? [3_600_000, 'time in hours'] : [60_000, 'time in minutes'];
  const line = <T extends Time>(
    name: string,
    shape: Line['shape'],
    times: readonly T[],
    y: (time: T) => Point['y'],
  ) => {
    const points = times.map((time) => ({ x: time.from / unit, y: y(time) }));
    const last = times.at(-1);
    return { name, shape, points: last ? [...points, { x: last.to / unit, y: y(last) }] : points };
  };
  const replicas = (name: string, phases: readonly Phase[]) =>
    line(name, 'step', phases, (phase) => phase.replicas);
  return {
    title: `What if: hpa/${hpa.name} in ${hpa.namespace}`,
    description: `The load of ${hpa.target.kind} ${hpa.target.name}, and its replicas under ${replays.length} settings.`,
    panels: [
      {
        title: 'Load',
        x: text,
        y: 'all pods together',
        lines: hpa.metrics.map((metric, index) =>
          line(metric.text, 'line', segments, ({ loads }) => loads[index]),
        ),
        rules: [],
      },
      {
        title: 'Replicas',
        x: text,
        y: 'replicas',
        lines: [
          ...replays.map(({ setting, phases }) => replicas(setting.name, phases)),
          ...(observed === undefined ? [] : [replicas('observed', observed.phases)]),
        ],
        rules: [],
      },
    ],
  };
}
