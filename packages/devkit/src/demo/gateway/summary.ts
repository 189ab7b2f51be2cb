/** What happened to a Service during the demo. */
export interface ServiceSummary {
  readonly name: string;
  /** Its numbers of pods, in order. */
  readonly replicas: readonly number[];
  /** How long calls waited whose first request found no pod, in ms. */
  readonly coldStarts: readonly number[];
}

export interface GatewaySummary {
  readonly seconds: number;
  readonly services: readonly ServiceSummary[];
}

/** What the demo has shown, in lines of at most 44 columns. */
export function gatewaySummaryLines({ seconds, services }: GatewaySummary): string[] {
  const line = ({ name, replicas, coldStarts }: ServiceSummary) => [
    `  ${name}: ${replicas.join(' -> ')} pods`,
    ...(coldStarts.length === 0
      ? []
      : [`    calls waited up to ${(Math.max(...coldStarts) / 1000).toFixed(1)} s for the first pod`]),
  ];
  return [`Summary of ${Math.round(seconds)} s`, ...services.flatMap(line)];
}
