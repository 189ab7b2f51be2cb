import { number } from '../format.ts';
import { table } from '../layout.ts';
import type { Comparison } from './compare.ts';
import type { Summary } from './replay/summary.ts';

/** A comparison for people. @param width of the terminal */
export function comparisonText(comparison: Comparison, width: number): string {
  const { hpa, seconds, replays, observed, capacity } = comparison;
  const [today] = replays;
  const metrics = hpa.metrics.map(({ text }) => text).join(', ');
  const above = `ABOVE ${capacity === undefined ? 'TARGET' : number(capacity / 1000)}`;
  const row = (name: string, summary: Summary) => cells(name, summary, seconds, today?.summary);
  const rows = replays.map(({ setting, summary }) => row(setting.name, summary));
  return [
    `hpa/${hpa.name} in ${hpa.namespace}: ${hpa.target.kind} ${hpa.target.name}, ${time(seconds)} of ${metrics}\n`,
    table(
      ['SETTING', 'REPLICAS', 'MEAN', 'POD-HOURS', above, 'WORST', 'CHANGES'],
      observed === undefined ? rows : [...rows, row('observed', observed.summary)],
      width,
    ),
    `${notes(comparison).join('\n')}\n`,
  ].join('\n');
}

function cells(name: string, summary: Summary, seconds: number, today: Summary | undefined): string[] {
  const { replicas, podHours, changes, secondsAbove, worst } = summary;
  const share = (part: number) => `${Math.round((100 * part) / seconds)} %`;
  return [
    name,
    `${replicas.min} to ${replicas.max}`,
    replicas.mean.toFixed(1),
    `${podHours.toFixed(podHours < 10 ? 2 : 1)}${summary === today ? '' : change(podHours, today?.podHours)}`,
    secondsAbove === undefined ? '-' : `${time(secondsAbove)} (${share(secondsAbove)})`,
    worst === undefined ? '-' : `${worst.toFixed(2)}x`,
    String(changes),
  ];
}

/** Relative to the present: ` (+19 %)`. */
function change(hours: number, today: number | undefined): string {
  if (today === undefined || today === 0) return '';
  const percent = Math.round(100 * (hours / today - 1));
  return ` (${percent > 0 ? '+' : ''}${percent} %)`;
}

/** What the numbers depend on. */
export function notes({ hpa, secondsUnknown, startReplicas, withinOne, replays }: Comparison): string[] {
  const held = hpa.metrics.length === 1 ? 'keeps its replicas' : 'does not scale in then';
  const unknown =
    secondsUnknown > 0 ? [`For ${time(secondsUnknown)} the load is unknown: the HPA ${held}.`] : [];
  const close =
    withinOne === undefined
      ? []
      : [
          `With today's settings, the replayed number of replicas is within 1 of the observed one for ${Math.round(100 * withinOne)} % of the time.`,
        ];
  const { syncPeriod = 0, podStart = 0 } = replays[0]?.setting ?? {};
  return [
    ...close,
    ...unknown,
    'The load does not depend on the replicas (open loop): in reality slow responses change what clients send.',
    `The HPA decides every ${time(syncPeriod / 1000)}. A new pod is ready after ${time(podStart / 1000)}, and ready pods share the load equally.`,
    `Each setting starts with ${startReplicas} ${startReplicas === 1 ? 'replica' : 'replicas'} of ${hpa.target.kind} ${hpa.target.name}, without earlier recommendations.`,
  ];
}

/** `45 s`, `12 min`, `3.5 h` */
function time(seconds: number): string {
  if (seconds < 120) return `${number(Math.round(seconds * 10) / 10)} s`;
  if (seconds < 7_200) return `${number(Math.round(seconds / 6) / 10)} min`;
  return `${number(Math.round(seconds / 360) / 10)} h`;
}
