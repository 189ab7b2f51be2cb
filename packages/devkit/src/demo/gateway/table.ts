/** One Service at one moment. */
export interface ServiceRow {
  readonly service: string;
  /** Calls without an answer, as the callers count them. */
  readonly calls: number;
  /** Requests in flight, as the servers count them. */
  readonly inFlight: number;
  /** The answers of the metrics API; undefined if there is none. */
  readonly active: number | undefined;
  readonly demand: number | undefined;
  readonly replicas: number;
}

export interface GatewayFrame {
  readonly rows: readonly ServiceRow[];
  readonly hpa: { readonly averageValue: number; readonly max: number };
  /** Seconds until the next sync of the HPA, and its sync period. */
  readonly look: { readonly due: number; readonly every: number };
  /** Why the last query failed, if it did. */
  readonly trouble: string | undefined;
}

const COLUMNS = ['calls', 'in flight', 'active', 'demand', 'pods'];
const WIDTHS = [5, 9, 6, 6, 4];

const number = (value: number | undefined) => (value === undefined ? '-' : String(value));

/** The lines of the live table, none longer than `width`, from 44 columns. */
export function gatewayTable({ rows, hpa, look, trouble }: GatewayFrame, width: number): string[] {
  const line = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(7)}${cells.map((cell, i) => cell.padStart((WIDTHS[i] ?? 0) + 1)).join('')}`;
  return [
    'activescale: demand at a gateway',
    '',
    line('Service', COLUMNS),
    ...rows.map(({ service, calls, inFlight, active, demand, replicas }) =>
      line(service, [calls, inFlight, active, demand, replicas].map(number)),
    ),
    '',
    '  calls: without an answer, at the callers',
    '  in flight: at the servers (no Envoy there)',
    '  active, demand: demand_active_requests',
    '    and demand_requests, as the API answers',
    `  HPA: ${hpa.averageValue} requests a pod, 0 to ${hpa.max} pods; in ${Math.max(0, Math.floor(look.due))} s`,
    ...(trouble === undefined ? [] : [`  ${trouble}`]),
    '  Ctrl-C ends the demo.',
  ].map((text) => text.slice(0, width).trimEnd());
}

/** The same as one line, for logs. */
export function gatewayLine({ rows, trouble }: GatewayFrame, time: Date): string {
  const services = rows.map(
    ({ service, calls, inFlight, active, demand, replicas }) =>
      `${service} calls=${calls} in_flight=${inFlight} active=${number(active)} demand=${number(demand)} pods=${replicas}`,
  );
  return [time.toISOString(), ...services, ...(trouble === undefined ? [] : [trouble])].join(' | ');
}
