import { answerProbe, coalesce, type HealthCheck, type MetricsText } from '@activescale/runtime';
import { Registry } from 'prom-client';
import { indentedAnswer, textAnswer } from '../http/answers.ts';
import type { Handler } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import { createSlis } from '../telemetry/slis.ts';

/** The version of this server, in the format of Kubernetes. */
export interface Version {
  /** Semantic, with `v`. */
  readonly gitVersion: string;
  readonly gitCommit: string;
}

/** Health, metrics and version, on the port that kube-apiserver reaches. */
export function probeRoutes(
  checks: readonly HealthCheck[],
  metrics: readonly MetricsText[],
  version: Version,
): Route[] {
  const answer: Handler = ({ info: { path, query } }) => {
    const probe = answerProbe(checks, path, query);
    return textAnswer(probe?.body ?? '', probe?.status ?? 404);
  };
  const methods = ['GET', 'HEAD', 'POST'];
  const probes = ['/healthz', '/livez', '/readyz'].flatMap((path): Route[] => [
    { path, methods, answer },
    { path: `${path}/*`, methods, answer },
  ]);
  const info = versionInfo(version);
  return [
    ...probes,
    metricsOf('/metrics', metrics),
    metricsOf('/metrics/slis', [createSlis(checks)]),
    { path: '/version', methods: ['GET'], answer: () => indentedAnswer(info) },
  ];
}

function metricsOf(path: string, metrics: readonly MetricsText[]): Route {
  const texts = coalesce(() => Promise.all(metrics.map((source) => source.metrics())));
  return {
    path,
    methods: ['GET', 'HEAD'],
    answer: async () => ({
      status: 200,
      headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE },
      body: Buffer.from((await texts()).join('')),
    }),
  };
}

function versionInfo({ gitVersion, gitCommit }: Version): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: minor,
    gitVersion,
    gitCommit,
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
  };
}
