/**
 * Probes with the texts of the Kubernetes API servers (k8s.io/apiserver/pkg/server/healthz/healthz.go), so that
 * the same tools can read them. Pure, for the admin server and for api's secure port.
 */

export type Probe = 'livez' | 'readyz';

export interface HealthCheck {
  readonly name: string;
  readonly probes: readonly Probe[];
  /** `fail`: a reason fails the probe. `warn`: the probe passes and its body has the reason. */
  readonly severity: 'fail' | 'warn';
  /** The problem, or `undefined` if there is none. */
  check(): string | undefined;
}

export interface HealthAnswer {
  readonly status: 200 | 404 | 500;
  /** text/plain; charset=utf-8 */
  readonly body: string;
}

/** A check of readiness only. */
export function readyCheck(
  name: string,
  severity: HealthCheck['severity'],
  check: HealthCheck['check'],
): HealthCheck {
  return { name, probes: ['readyz'], severity, check };
}

/** A process that was asked to stop is not ready. */
export function shutdownCheck(signal: AbortSignal): HealthCheck {
  return readyCheck('shutdown', 'fail', () => (signal.aborted ? 'shutting down' : undefined));
}

/** Answering is the check, as in Kubernetes. */
const PING: HealthCheck = {
  name: 'ping',
  probes: ['livez', 'readyz'],
  severity: 'fail',
  check: () => undefined,
};

const PATH = /^\/(livez|readyz|healthz)(?:\/([^/]+))?\/?$/;

/**
 * The response to a path of a probe, or `undefined` for any other path. /healthz is the old name of /livez.
 */
export function answerProbe(
  checks: readonly HealthCheck[],
  path: string,
  query: URLSearchParams,
): HealthAnswer | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [, endpoint = '', single] = match;
  const probe: Probe = endpoint === 'readyz' ? 'readyz' : 'livez';
  const mine = [PING, ...checks].filter(({ probes }) => probes.includes(probe));
  if (single === undefined) return answerAll(endpoint, mine, query);
  const check = mine.find(({ name }) => name === single);
  return check === undefined ? { status: 404, body: '404 page not found\n' } : answerOne(check);
}

function answerOne({ name, severity, check }: HealthCheck): HealthAnswer {
  const reason = check();
  if (reason === undefined) return { status: 200, body: 'ok' };
  if (severity === 'warn') return { status: 200, body: warning(name, reason) };
  return { status: 500, body: `internal server error: ${reason}\n` };
}

function answerAll(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams): HealthAnswer {
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  const warnings: string[] = [];
  let failed = false;
  for (const { name, severity, check } of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok\n`);
      continue;
    }
    const reason = check();
    if (reason === undefined) {
      lines.push(`[+]${name} ok\n`);
    } else if (severity === 'warn') {
      lines.push(warning(name, reason));
      warnings.push(warning(name, reason));
    } else {
      lines.push(`[-]${name} failed: reason withheld\n`);
      failed = true;
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(', ')}\n`);
  }
  if (failed) return { status: 500, body: `${lines.join('')}${endpoint} check failed\n` };
  if (query.has('verbose')) return { status: 200, body: `${lines.join('')}${endpoint} check passed\n` };
  return { status: 200, body: ['ok', ...warnings.map((line) => `\n${line.trimEnd()}`)].join('') };
}

function warning(name: string, reason: string): string {
  return `[!]${name} warning: ${reason}\n`;
}
