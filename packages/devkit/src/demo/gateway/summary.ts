/** The course of a Service during the demo. */
export interface ServiceSummary {
  readonly name: string;
  /** The numbers of pods that it had, in order. */
  readonly replicas: readonly number[];
  /** Durations of the calls whose first request found no pod, in ms. */
  readonly coldStarts: readonly number[];
}

export interface GatewaySummary {
  readonly seconds: number;
  readonly services: readonly ServiceSummary[];
}

/** The results of the demo, in lines of at most 44 columns. */
export function gatewaySummaryLines({ seconds, services }: GatewaySummary): string[] {
  const line = ({ name, replicas, coldStarts }: ServiceSummary) => [
    `  ${name}: ${replicas.join(' -> ')} pods`,
    ...(coldStarts.length === 0
      ? []
      : [`    calls waited up to ${(Math.max(...coldStarts) / 1000).toFixed(1)} s for the first pod`]),
  ];
  return [`Summary of ${Math.round(seconds)} s`, ...services.flatMap(line)];
}
