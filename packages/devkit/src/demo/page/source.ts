import type {
  DashboardSource,
  Failure,
  MetricDetail,
  PodRow,
  Replicas,
  Workload,
  WorkloadRow,
} from '@activescale/dashboard';
import { MetricFailure, replicasText } from '@activescale/hpa';
import { propose } from '../decision.ts';
import type { createQuery, TimedValue } from '../query.ts';
import type { Frame } from '../screen/table.ts';
import { createSecondHistory, historyTimes, type SecondHistory } from './history.ts';

const TARGET = 'Deployment web';
const HPA = 'web';
const TITLE = 'active_requests';

type Values = ReadonlyMap<string, TimedValue>;

/** The data of the page in the demo: the values of api, beside what the applications count. */
export interface DemoSource extends DashboardSource {
  /** Takes what the terminal shows, so that both show the same. @param now by performance.now() */
  note(frame: Frame, now: number): void;
}

export function createDemoSource(
  namespace: string,
  query: Pick<ReturnType<typeof createQuery>, 'askTimed'>,
): DemoSource {
  const [pushed, truth] = [createSecondHistory(), createSecondHistory()];
  const pods = new Map<string, SecondHistory>();
  let last: Frame | undefined;

  const read = async (): Promise<{
    readonly workload: Workload | undefined;
    readonly failures: readonly Failure[];
  }> => {
    if (last === undefined) return { workload: undefined, failures: [] };
    const failures = last.trouble === undefined ? [] : [failureOf(last.trouble)];
    const ask = (metric: string): Promise<Values> =>
      query.askTimed(`pods/*/${metric}`).catch(() => new Map<string, TimedValue>());
    const [active, perSecond, p95] = await Promise.all(
      ['active_requests', 'requests_per_second', 'request_duration_seconds_p95'].map(ask),
    );
    const rows = last.rows.map((row) =>
      podRow(row, pods.get(row.pod), active?.get(row.pod), perSecond?.get(row.pod), p95?.get(row.pod)),
    );
    return { workload: workloadOf(last, rows, historyNow(pushed, truth, last)), failures };
  };

  return {
    note(frame, now) {
      last = frame;
      pushed.note(totalOf(frame.rows.map((row) => row.pushed)), now);
      truth.note(totalOf(frame.rows.map((row) => row.count)), now);
      for (const { pod, pushed: value } of frame.rows) {
        const history = pods.get(pod) ?? createSecondHistory();
        pods.set(pod, history);
        history.note(value, now);
      }
      for (const name of pods.keys()) if (!frame.rows.some(({ pod }) => pod === name)) pods.delete(name);
    },
    async overview({ search }) {
      const { workload, failures } = await read();
      const rows = workload === undefined ? [] : [rowOf(namespace, workload)];
      const matching = rows.filter(({ hpa }) => `${namespace}/${hpa} ${TARGET}`.includes(search));
      return {
        view: 'overview',
        failures,
        scope: 'npm run demo',
        all: rows.length,
        matching: matching.length,
        search,
        page: 1,
        pages: 1,
        rows: matching,
      };
    },
    async detail(name) {
      const { workload, failures } = await read();
      const exists = name.namespace === namespace && name.hpa === HPA;
      const missing = { part: 'workload', problem: `the demo has no hpa/${name.hpa}`, remedy: '' };
      return {
        view: 'detail',
        ...name,
        failures: exists ? failures : [missing],
        workload: exists ? workload : undefined,
      };
    },
  };
}

function failureOf(problem: string): Failure {
  return { part: 'metrics API', problem, remedy: 'The demo keeps its pods until api answers again.' };
}

function historyNow(pushed: SecondHistory, truth: SecondHistory, { rows, hpa }: Frame): Workload['history'] {
  const now = performance.now();
  return {
    at: historyTimes(),
    active: pushed.values(now),
    truth: truth.values(now),
    capacity: hpa.averageValue * rows.length,
  };
}

function podRow(
  { pod, count }: Frame['rows'][number],
  history: SecondHistory | undefined,
  active: TimedValue | undefined,
  perSecond: TimedValue | undefined,
  p95: TimedValue | undefined,
): PodRow {
  return {
    name: pod,
    phase: count === undefined ? 'starting' : 'Running',
    state: active === undefined ? 'unknown' : 'live',
    held: false,
    why: active === undefined ? 'api has no value yet' : '',
    code: undefined,
    age: active && Math.max(0, Date.now() - active.time),
    active: active?.value,
    perSecond: perSecond?.value,
    p95: p95?.value,
    trend: history?.trend(performance.now()) ?? { at: [], active: [] },
    truth: count,
  };
}

function workloadOf(frame: Frame, pods: readonly PodRow[], history: Workload['history']): Workload {
  const { hpa, decision, rows } = frame;
  const ages = pods.flatMap(({ age }) => age ?? []);
  const replicas: Replicas = { current: rows.length, desired: decision.pushed, min: hpa.min, max: hpa.max };
  const stays = decision.pushed === rows.length;
  return {
    target: TARGET,
    scaledObject: undefined,
    replicas,
    coverage: { of: 'pods', known: ages.length, all: pods.length },
    age: ages.length === 0 ? undefined : Math.max(...ages),
    pods,
    sources: [],
    history,
    metrics: [metricOf(frame, pods)],
    decision: {
      recommendation: `By a scrape every ${frame.scrape.every} s: ${replicasText(decision.scraped)}`,
      text: stays ? `Stays at ${replicasText(rows.length)}` : `Scales to ${replicasText(decision.pushed)}`,
      reasons: [],
    },
    conditions: [],
    events: [],
    eventsProblem: '',
    checks: undefined,
  };
}

function metricOf({ hpa }: Frame, pods: readonly PodRow[]): MetricDetail {
  const values = new Map(pods.map(({ name, active }) => [name, active]));
  const known = pods.flatMap(({ active }) => active ?? []);
  return {
    title: `${TITLE} (Pods, averageValue ${hpa.averageValue})`,
    value: known.length === 0 ? undefined : totalOf(known) / known.length,
    target: hpa.averageValue,
    isAverage: true,
    from: 'metrics API',
    of: 'pods',
    parts: [],
    total: undefined,
    ...proposalOf(values, hpa.averageValue),
    code: undefined,
  };
}

function proposalOf(values: ReadonlyMap<string, number | undefined>, averageValue: number) {
  try {
    const { replicas, steps } = propose(values, averageValue);
    return { steps, result: replicasText(replicas), failed: false };
  } catch (error) {
    if (!(error instanceof MetricFailure)) throw error;
    return { steps: [], result: error.message, failed: true };
  }
}

function rowOf(namespace: string, workload: Workload): WorkloadRow {
  const { target, scaledObject, replicas, coverage, age, metrics } = workload;
  return { namespace, hpa: HPA, target, scaledObject, replicas, metrics, coverage, age, problem: '' };
}

function totalOf(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
