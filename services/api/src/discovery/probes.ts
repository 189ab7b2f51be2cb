import { answerProbe, type HealthCheck } from '@activescale/runtime';
import type { Registry } from 'prom-client';
import { type App, infoOf, type Reply, type Request, sendIndented, sendText } from '../http/http.ts';

/** The version of this server, in the form that Kubernetes' own have. */
export interface Version {
  /** Semantic, with `v`. */
  readonly gitVersion: string;
}

/** Health, metrics and version, on the port that kube-apiserver reaches. */
export function probeRoutes(
  app: App,
  checks: readonly HealthCheck[],
  registry: Registry,
  version: Version,
): void {
  const probe = (request: Request, reply: Reply): Reply => {
    const { path, query } = infoOf(request);
    const answer = answerProbe(checks, path, query);
    return sendText(reply.code(answer?.status ?? 404), answer?.body ?? '');
  };
  for (const path of ['/healthz', '/livez', '/readyz']) {
    app.route({ method: ['GET', 'HEAD', 'POST'], url: path, handler: probe });
    app.route({ method: ['GET', 'HEAD', 'POST'], url: `${path}/:check`, handler: probe });
  }
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  );
  const info = versionInfo(version);
  app.get('/version', (_request, reply) => sendIndented(reply, info));
}

function versionInfo({ gitVersion }: Version): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
  };
}
