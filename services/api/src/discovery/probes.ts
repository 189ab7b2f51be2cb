import { answerProbe, type HealthCheck } from '@activescale/runtime';
import type { Registry } from 'prom-client';
import { indentedAnswer, textAnswer } from '../http/answers.ts';
import type { Handler } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import { createSlis } from '../telemetry/slis.ts';

/** The version of this server, in the form that Kubernetes' own have. */
export interface Version {
  /** Semantic, with `v`. */
  readonly gitVersion: string;
}

/** Health, metrics and version, on the port that kube-apiserver reaches. */
export function probeRoutes(checks: readonly HealthCheck[], registry: Registry, version: Version): Route[] {
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
    metricsOf('/metrics', registry),
    metricsOf('/metrics/slis', createSlis(checks)),
    { path: '/version', methods: ['GET'], answer: () => indentedAnswer(info) },
  ];
}

function metricsOf(path: string, registry: Registry): Route {
  return {
    path,
    methods: ['GET', 'HEAD'],
    answer: async () => ({
      status: 200,
      headers: { 'content-type': registry.contentType },
      body: Buffer.from(await registry.metrics()),
    }),
  };
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
