import type { Checks, WorkloadName } from '@activescale/dashboard';
import type { KubeClient } from '@activescale/kube';
import { readAutoscaler } from '../../cluster/autoscaler.ts';
import { createContext, type DoctorOptions } from '../../doctor/context.ts';
import type { CheckReport } from '../../doctor/finding.ts';
import { examine } from '../../doctor/run.ts';
import { readWorkload } from '../../doctor/scaled-workloads.ts';
import { codeOf } from './codes.ts';

/** Between two runs for a workload that is looked at, in ms: a run sends some dozens of requests. */
const INTERVAL_MS = 30_000;
/** Workloads whose last results are kept. */
const MAX_WORKLOADS = 16;

interface Run {
  readonly start: number;
  checks: Omit<Checks, 'age'> | undefined;
}

/**
 * Runs the checks of `doctor` for the installation and one workload, in the background. Returns the last results; 'running'
 * until there are some.
 */
export function createChecker(
  options: Omit<DoctorOptions, 'namespace'>,
): (name: WorkloadName) => Checks | 'running' {
  const runs = new Map<string, Run>();
  return (name) => {
    const key = `${name.namespace}/${name.hpa}`;
    const now = performance.now();
    let run = runs.get(key);
    if (run === undefined || now - run.start > INTERVAL_MS) {
      const next: Run = { start: now, checks: run?.checks };
      runs.delete(key); // the newest are last
      runs.set(key, next);
      const oldest = runs.keys().next();
      if (runs.size > MAX_WORKLOADS && !oldest.done) runs.delete(oldest.value);
      examineWorkload(options, name).then(
        (checks) => {
          next.checks = checks;
        },
        () => {}, // the failure is on the page already, and the next run retries
      );
      run = next;
    }
    return run.checks === undefined ? 'running' : { ...run.checks, age: now - run.start };
  };
}

async function examineWorkload(
  options: Omit<DoctorOptions, 'namespace'>,
  { namespace, hpa }: WorkloadName,
): Promise<Omit<Checks, 'age'>> {
  const { client }: { readonly client: KubeClient } = options;
  const workload = await readWorkload(client, await readAutoscaler(client, namespace, hpa));
  const context = createContext({ ...options, namespace });
  try {
    return summaryOf(await examine({ ...context, workloads: async () => [workload] }));
  } finally {
    await context.close();
  }
}

function summaryOf(reports: readonly CheckReport[]): Omit<Checks, 'age'> {
  return {
    passed: reports.filter(({ findings, notChecked }) => findings.length === 0 && notChecked === undefined)
      .length,
    skipped: reports.filter(({ notChecked }) => notChecked !== undefined).length,
    findings: reports.flatMap(({ check, findings }) =>
      findings.map(({ code, subject, problem, fix }) => ({
        check,
        code: codeOf(code),
        subject,
        problem,
        fix,
      })),
    ),
  };
}
