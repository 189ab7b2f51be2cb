/** One pod at one moment. */
export interface Row {
  readonly pod: string;
  /** Requests in flight as the application counts them; undefined while it starts. */
  readonly count: number | undefined;
  /** The answer of the metrics API; undefined while there is none for the pod. */
  readonly pushed: number | undefined;
  /** The count has changed since the last flush: the next one will have it. */
  readonly pending: boolean;
  /** The count at the last simulated scrape. */
  readonly scraped: number | undefined;
}

export interface Frame {
  readonly rows: readonly Row[];
  readonly hpa: { readonly averageValue: number; readonly min: number; readonly max: number };
  /** The replicas that the HPA decides on, by either kind of value. */
  readonly decision: { readonly pushed: number; readonly scraped: number };
  /** Seconds: since the last scrape, and between two. */
  readonly scrape: { readonly age: number; readonly every: number };
  /** Seconds until the next sync of the HPA, and its sync period. */
  readonly look: { readonly due: number; readonly every: number };
  /** Why the last query failed, if it did. */
  readonly trouble: string | undefined;
}

const PENDING = '*';
/** Fewer columns for a bar show nothing. */
const MIN_BAR = 10;
const MAX_BAR = 40;

const number = (value: number | undefined) => (value === undefined ? '-' : String(value));
const seconds = (value: number) => `${Math.max(0, Math.floor(value))} s`;
const marked = ({ pushed, pending }: Row) => `${number(pushed)}${pending ? PENDING : ' '}`;

/** The lines of the live table, none longer than `width`, from 44 columns. */
export function table(frame: Frame, width: number): string[] {
  const { rows, hpa, decision, scrape, look, trouble } = frame;
  const podWidth = Math.max(5, ...rows.map(({ pod }) => pod.length));
  const line = (pod: string, count: string, pushed: string, scraped: string) =>
    `  ${pod.padEnd(podWidth)}  ${count.padStart(9)}  ${pushed.padStart(7)}  ${scraped.padStart(7)}`;
  const heading = line('pod', 'in flight', 'pushed ', 'scraped');
  const room = width - heading.length - 2;
  const bar = (value: number) => (room < MIN_BAR ? '' : `  ${'#'.repeat(Math.min(value, room, MAX_BAR))}`);
  const total = (values: readonly (number | undefined)[]) =>
    String(values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
  const wants = (replicas: number) => `${rows.length} -> ${replicas} pods`;
  return [
    'activescale: requests in flight of each pod',
    '',
    heading,
    ...rows.map(
      (row) =>
        line(
          row.pod,
          row.count === undefined ? 'starting' : number(row.count),
          marked(row),
          number(row.scraped),
        ) + bar(row.count ?? 0),
    ),
    line(
      'total',
      total(rows.map(({ count }) => count)),
      `${total(rows.map(({ pushed }) => pushed))}${rows.some(({ pending }) => pending) ? PENDING : ' '}`,
      total(rows.map(({ scraped }) => scraped)),
    ),
    '',
    `  ${PENDING} changed since the last flush (1 s)`,
    `  scraped: simulated, every ${seconds(scrape.every)}, ${seconds(scrape.age)} ago`,
    '',
    `  HPA: ${hpa.averageValue} requests per pod, ${hpa.min} to ${hpa.max} pods`,
    `  by pushed values   ${wants(decision.pushed)} in ${seconds(look.due)}`,
    `  by scraped values  ${wants(decision.scraped)}`,
    ...cut(trouble ?? '', width - 2).map((part) => `  ${part}`.trimEnd()),
    '  Ctrl-C ends the demo.',
  ].map((text) => text.trimEnd());
}

/** Where the page is, below the table. The URL is alone on a line, so that a terminal of 80 columns does not cut it. */
export function pageLines(url: string, width: number): string[] {
  return ['', '  The same as a page:', ...cut(url, width - 2).map((part) => `  ${part}`)];
}

/** The same as one line, for logs. */
export function plainLine({ rows, decision, trouble }: Frame, time: Date): string {
  const pods = rows.map(
    (row) =>
      `${row.pod} in_flight=${number(row.count)} pushed=${marked(row).trim()} scraped=${number(row.scraped)}`,
  );
  const hpa = `HPA ${rows.length} -> ${decision.pushed} pods, by the scrape ${decision.scraped}`;
  return [time.toISOString(), ...pods, hpa, ...(trouble === undefined ? [] : [trouble])].join(' | ');
}

function cut(text: string, width: number): string[] {
  const parts: string[] = [];
  for (let i = 0; i < text.length; i += width) parts.push(text.slice(i, i + width));
  return parts.length === 0 ? [''] : parts;
}
