/** One pod at one moment. */
export interface Row {
  pod: string;
  /** Requests in flight as the application counts them. */
  truth: number;
  /** What the API answers; undefined while it has no item for the pod. */
  answer?: number;
  /** Age of that answer's sample, in ms. */
  age?: number;
}

export interface Frame {
  rows: readonly Row[];
  /** Target of the HPA and what it would decide. */
  averageValue: number;
  replicas: number;
  /** Why the last query failed, if it did. */
  trouble?: string;
}

const number = (value: number | undefined) => (value === undefined ? '-' : String(value));
const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`);
const bar = (value: number) => '#'.repeat(Math.min(value, 40));

function decision({ rows, averageValue, replicas }: Frame): string {
  return `HPA with averageValue ${averageValue}: ${rows.length} -> ${replicas} replicas`;
}

/** The lines of the live table. */
export function table(frame: Frame): string[] {
  const width = Math.max(...frame.rows.map(({ pod }) => pod.length));
  const line = (pod: string, truth: string, answer: string, age: string) =>
    `  ${pod.padEnd(width)}  ${truth.padStart(9)}  ${answer.padStart(15)}  ${age.padStart(6)}`;
  return [
    'activescale: requests in flight, counted by each application and answered by the metrics API',
    '',
    line('pod', 'in flight', 'active_requests', 'age'),
    ...frame.rows.map(
      ({ pod, truth, answer, age }) =>
        `${line(pod, number(truth), number(answer), seconds(age))}  ${bar(truth)}`,
    ),
    '',
    `  ${decision(frame)}`,
    frame.trouble ? `  ${frame.trouble}` : '',
    '  Ctrl-C ends it.',
  ];
}

/** The same as one line, for logs. */
export function plainLine(frame: Frame, time: Date): string {
  const pods = frame.rows.map(
    ({ pod, truth, answer, age }) =>
      `${pod} in_flight=${truth} active_requests=${number(answer)} age=${seconds(age).replace(' ', '')}`,
  );
  return [time.toISOString(), ...pods, decision(frame), ...(frame.trouble ? [frame.trouble] : [])].join(
    ' | ',
  );
}
