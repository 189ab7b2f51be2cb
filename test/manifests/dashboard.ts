import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './overlays.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
}

/** A question that the dashboard asks Prometheus, as it is once Grafana has put the variables in. */
export interface DashboardQuery {
  readonly panel: string;
  readonly expression: string;
}

/** What Grafana puts in for "All", and for a rate's window at one scrape a second. */
const VARIABLES: Readonly<Record<string, string>> = { namespace: '.*', metric: '.*', __rate_interval: '10s' };

export async function dashboardQueries(): Promise<DashboardQuery[]> {
  const text = await readFile(join(root, 'deploy/components/monitoring/dashboard.json'), 'utf8');
  const { panels, templating } = JSON.parse(text) as Dashboard;
  const asked = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr }) => ({ panel: `${title} ${refId}`, expression: filled(expr) })),
  );
  const choices = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => ({ panel: `variable ${name}`, expression: filled(series(query)) }));
  return [...asked, ...choices];
}

/** The series that a variable takes the values of a label from. */
function series(query: unknown): string {
  const [, of = ''] = /^label_values\((.+), \w+\)$/.exec((query as { query: string }).query) ?? [];
  return of;
}

function filled(expression: string): string {
  return expression.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = VARIABLES[name];
    if (value === undefined) throw new Error(`the dashboard has no variable ${name}: ${expression}`);
    return value;
  });
}
