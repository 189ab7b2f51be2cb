import type { LabelSelector, Requirement } from '@activescale/protocol/kubernetes';
import { parseWindow, WINDOW_TEXT } from './catalogue-file.ts';
import { isDemand, type Metric } from './metric.ts';

/** An invalid metric selector: an error of the client. */
export class MetricSelectorError extends Error {
  override readonly name = 'MetricSelectorError';
  readonly code = 'ERR_METRIC_SELECTOR';

  /** The message without what kind of error it is. */
  readonly why: string;

  constructor(why: string) {
    super(`unable to select a series: ${why}`);
    this.why = why;
  }
}

/** The keys of a metric selector: `over=30s` selects another window than the catalogue's, `port=8080` one port. */
export const OVER = 'over';
export const PORT = 'port';

const ONE_PORT = `${PORT} takes one port, as in ${PORT}=8080`;

/** A metric with its selector applied. */
export interface SelectedMetric {
  readonly metric: Metric;
  /** Only the demand of this port; undefined: of all ports. */
  readonly port: string | undefined;
}

/** @throws MetricSelectorError for any other key, for an invalid window, and for the port of a metric that has none */
export function selectMetric(metric: Metric, selector: LabelSelector): SelectedMetric {
  const unknown = selector.find(({ key }) => key !== OVER && key !== PORT);
  if (unknown !== undefined) {
    const why = `unknown key ${JSON.stringify(unknown.key)}; the keys of a metric selector are "${OVER}" and, for demand metrics, "${PORT}"`;
    throw new MetricSelectorError(why);
  }
  const window = selectedValue(selector, OVER, `${OVER} takes one window, as in ${OVER}=30s`);
  const port = selectedValue(selector, PORT, ONE_PORT);
  if (port === '') throw new MetricSelectorError(ONE_PORT);
  if (port !== undefined && !isDemand(metric)) {
    const why = `${metric.name} is counted at pods, for all ports together; only demand metrics have ports`;
    throw new MetricSelectorError(`${PORT}=${port}: ${why}`);
  }
  return { metric: window === undefined ? metric : { ...metric, window: windowOf(metric, window) }, port };
}

/** The value of a key that a selector may have once. @throws MetricSelectorError */
export function selectedValue(selector: LabelSelector, key: string, expected: string): string | undefined {
  const [requirement, ...more] = selector.filter((each) => each.key === key);
  if (requirement === undefined) return undefined;
  if (more.length > 0 || !isEquality(requirement)) throw new MetricSelectorError(expected);
  return requirement.values[0] ?? '';
}

function isEquality({ operator }: Requirement): boolean {
  return operator === '=' || operator === '==';
}

function windowOf({ name, window }: Metric, text: string): number {
  const asked = parseWindow(text);
  if (asked === undefined) throw new MetricSelectorError(`${OVER}=${text}: expected ${WINDOW_TEXT}`);
  if (window === undefined)
    throw new MetricSelectorError(`${OVER}=${text}: the metric ${name} has no window`);
  return asked;
}
