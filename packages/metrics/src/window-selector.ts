import type { LabelSelector, Requirement } from '@activescale/protocol/kubernetes';
import { parseWindow, WINDOW_TEXT } from './catalogue-file.ts';
import type { Metric } from './metric.ts';

/** An invalid metric selector: an error of the client. */
export class MetricSelectorError extends Error {
  override readonly name = 'MetricSelectorError';
  readonly code = 'ERR_METRIC_SELECTOR';
}

/** The only key of a metric selector: `over=30s` selects another window than the catalogue's. */
export const OVER = 'over';

const ONE_WINDOW = `${OVER} takes one window, as in ${OVER}=30s`;

/**
 * The metric with the window of a metric selector.
 * @throws MetricSelectorError for any other key, and for an invalid window
 */
export function withSelectedWindow(metric: Metric, selector: LabelSelector): Metric {
  const stranger = selector.find(({ key }) => key !== OVER);
  if (stranger !== undefined) {
    const why = `unknown key ${JSON.stringify(stranger.key)}; the only key of a metric selector is ${JSON.stringify(OVER)}`;
    throw refusal(why);
  }
  const [requirement, ...more] = selector;
  if (requirement === undefined) return metric;
  if (more.length > 0) throw refusal(ONE_WINDOW);
  return { ...metric, window: windowOf(metric, requirement) };
}

function windowOf({ name, window }: Metric, { operator, values }: Requirement): number {
  const [text = ''] = values;
  if (operator !== '=' && operator !== '==') {
    throw refusal(ONE_WINDOW);
  }
  const asked = parseWindow(text);
  if (asked === undefined) throw refusal(`${OVER}=${text}: expected ${WINDOW_TEXT}`);
  if (window === undefined) throw refusal(`${OVER}=${text}: the metric ${name} has no window`);
  return asked;
}

function refusal(why: string): MetricSelectorError {
  return new MetricSelectorError(`unable to select a series: ${why}`);
}
