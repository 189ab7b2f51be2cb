import type { IncomingHttpHeaders } from 'node:http';
import { forbiddenPath, forbiddenResource, unauthorized } from '@activescale/protocol/kubernetes';
import type { RawRequest } from '../http/exchange.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';
import type { ApiTelemetry } from '../telemetry/api-telemetry.ts';
import type { Authenticate } from './authentication.ts';
import type { Authorize } from './authorization.ts';
import type { User } from './user.ts';

/** Returns the sender of an accepted request, or throws: a StatusError 401, 403 or 429, or a ReviewError. */
export type CheckAccess = (request: RawRequest, info: RequestInfo) => Promise<User>;

/** kube-apiserver did not decide on the access. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
  readonly code = 'ERR_REVIEW';

  constructor(uri: string, cause: unknown) {
    super(`Internal Server Error: ${JSON.stringify(uri)}: ${messageOf(cause)}`, { cause });
  }
}

type AccessTelemetry = Pick<ApiTelemetry, 'authenticated' | 'authorized' | 'clientCertificate'>;

/**
 * Authenticates, then authorizes, before a path is looked up, so that a response reveals nothing without the
 * right to it.
 */
export function createAccessCheck(
  authenticate: Authenticate,
  authorize: Authorize,
  telemetry: AccessTelemetry,
): CheckAccess {
  return async (request, info) => {
    const { certificate, address, rawHeaders, headers } = request;
    if (certificate !== undefined) telemetry.clientCertificate(certificate);
    const asked = performance.now();
    const user = await authenticate({
      certificate,
      rawHeaders,
      authorization: headers.authorization,
      address,
    }).catch((error: unknown) => {
      telemetry.authenticated('error', (performance.now() - asked) / 1000);
      throw error;
    });
    const known = performance.now();
    telemetry.authenticated(user === undefined ? 'failure' : 'success', (known - asked) / 1000);
    if (user === undefined) throw new StatusError(unauthorized());
    assertNotImpersonated(headers);
    const decided = (result: 'allowed' | 'denied' | 'error') =>
      telemetry.authorized(result, (performance.now() - known) / 1000);
    const { allowed, reason } = await authorize(user, info, address).catch((error: unknown) => {
      decided('error');
      if (error instanceof StatusError) throw error;
      throw new ReviewError(request.url, error);
    });
    decided(allowed ? 'allowed' : 'denied');
    if (!allowed) throw new StatusError(forbidden(user, info, reason));
    return user;
  };
}

/**
 * kube-apiserver has checked and removed these headers. If they were ignored on a direct request, the response
 * would be for another user than the requested one.
 */
function assertNotImpersonated(headers: IncomingHttpHeaders): void {
  const header = Object.keys(headers).find((name) => name.startsWith('impersonate-'));
  if (header === undefined) return;
  const message = `the header ${header} is not supported here: impersonate through kube-apiserver`;
  throw new StatusError({ code: 403, reason: 'Forbidden', message, details: {} });
}

function forbidden(user: User, info: RequestInfo, reason: string) {
  return info.kind === 'path'
    ? forbiddenPath(user.name, info, reason)
    : forbiddenResource(user.name, info, reason);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
