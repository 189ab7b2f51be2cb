import type { X509Certificate } from 'node:crypto';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What API servers of Kubernetes measure of themselves, under the names that people alert on. */
export interface ApiTelemetry {
  request(request: MeasuredRequest, code: number, seconds: number): void;
  inFlight(change: 1 | -1): void;
  reviewed(kind: 'authn' | 'authz', code: string, seconds: number): void;
  /** A review was not made, because its sender had cost too many. */
  reviewRefused(sender: 'anonymous' | 'user'): void;
  authenticated(result: 'success' | 'failure' | 'error', seconds: number): void;
  authorized(result: 'allowed' | 'denied' | 'error', seconds: number): void;
  clientCertificate(certificate: X509Certificate): void;
  handshakeFailed(): void;
}

export interface MeasuredRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Of what is left of a certificate's life: half an hour to a year, as in Go. */
const EXPIRATION = [
  1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 2_592_000, 7_776_000, 31_104_000,
];

export function createApiTelemetry(registry: Registry): ApiTelemetry {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
    buckets = SECONDS,
  ) => new Histogram({ name, help, labelNames, buckets, registers });

  const attributes = ['verb', 'group', 'version', 'resource', 'subresource'] as const;
  const requests = counter('apiserver_request_total', 'Requests by resource, verb and status code.', [
    ...attributes,
    'code',
  ]);
  const durations = histogram('apiserver_request_duration_seconds', 'Duration of requests.', attributes);
  const inFlight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests in flight.',
    labelNames: ['request_kind'],
    registers,
  });
  const reviews = {
    authn: {
      calls: counter('apiserver_delegated_authn_request_total', 'TokenReviews by HTTP status.', ['code']),
      seconds: histogram('apiserver_delegated_authn_request_duration_seconds', 'Duration of TokenReviews.', [
        'code',
      ]),
    },
    authz: {
      calls: counter('apiserver_delegated_authz_request_total', 'SubjectAccessReviews by HTTP status.', [
        'code',
      ]),
      seconds: histogram(
        'apiserver_delegated_authz_request_duration_seconds',
        'Duration of SubjectAccessReviews.',
        ['code'],
      ),
    },
  };
  const refusals = counter(
    'activescale_api_reviews_refused_total',
    'Requests that got 429 because their address or user caused too many reviews.',
    ['sender'],
  );
  const authentications = counter('authentication_attempts', 'Authentication attempts by result.', [
    'result',
  ]);
  const authenticationTime = histogram('authentication_duration_seconds', 'Duration of authentication.', [
    'result',
  ]);
  const authorizations = counter('authorization_attempts_total', 'Authorization attempts by result.', [
    'result',
  ]);
  const authorizationTime = histogram('authorization_duration_seconds', 'Duration of authorization.', [
    'result',
  ]);
  const expiration = histogram(
    'apiserver_client_certificate_expiration_seconds',
    'Remaining lifetime of client certificates of requests.',
    [],
    EXPIRATION,
  );
  const handshakes = counter('apiserver_tls_handshake_errors_total', 'Failed TLS handshakes.', []);

  return {
    request({ verb, group, version, resource, subresource }, code, seconds) {
      const labels = { verb: verb.toUpperCase(), group, version, resource, subresource };
      requests.inc({ ...labels, code });
      durations.observe(labels, seconds);
    },
    inFlight: (change) => inFlight.inc({ request_kind: 'readOnly' }, change),
    reviewed(kind, code, seconds) {
      reviews[kind].calls.inc({ code });
      reviews[kind].seconds.observe({ code }, seconds);
    },
    reviewRefused: (sender) => refusals.inc({ sender }),
    authenticated(result, seconds) {
      authentications.inc({ result });
      authenticationTime.observe({ result }, seconds);
    },
    authorized(result, seconds) {
      authorizations.inc({ result });
      authorizationTime.observe({ result }, seconds);
    },
    clientCertificate({ validToDate }) {
      expiration.observe((validToDate.getTime() - Date.now()) / 1000);
    },
    handshakeFailed: () => handshakes.inc(),
  };
}
