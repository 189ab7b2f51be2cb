import type { Tally } from '../observe/comparison.ts';

/** One look of the HPA at its metric. */
export interface Decision {
  readonly from: number;
  readonly pushed: number;
  /** What it would have decided by the values of the scrape. */
  readonly scraped: number;
}

export interface Summary {
  readonly seconds: number;
  /** The largest number in flight in all pods together. */
  readonly peak: number;
  readonly pushed: Tally;
  readonly scraped: Tally;
  readonly decisions: readonly Decision[];
}

/** What the demo has shown, in lines of at most 44 columns. */
export function summaryLines({ seconds, peak, pushed, scraped, decisions }: Summary): string[] {
  const row = (name: string, ...cells: readonly string[]) =>
    `  ${name.padEnd(14)}${cells.map((cell) => cell.padStart(10)).join('')}`;
  const requests = (count: number) => String(Math.round(count));
  const replicas = [decisions[0]?.from, ...decisions.map((decision) => decision.pushed)];
  const changes = replicas.filter((count, i) => count !== undefined && count !== replicas[i - 1]);
  const others = decisions.filter((decision) => decision.scraped !== decision.pushed).length;
  return [
    `Summary of ${Math.round(seconds)} s`,
    row('', 'pushed', 'scraped'),
    row('oldest value', ...[pushed, scraped].map(({ age }) => `${(age / 1000).toFixed(1)} s`)),
    row('error per pod', ...[pushed, scraped].map(({ error }) => requests(error))),
    row('highest total', ...[pushed, scraped].map((each) => requests(each.peak))),
    `  The applications had up to ${requests(peak)} requests.`,
    `  The HPA scaled ${changes.length > 1 ? changes.join(' -> ') : 'nothing'}.`,
    `  A scrape would change ${others} of ${decisions.length} decisions.`,
  ];
}
