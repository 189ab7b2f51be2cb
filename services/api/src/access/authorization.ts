import type { RequestInfo } from '../http/request-info.ts';
import type { Decision, Reviews } from './reviews.ts';
import type { User } from './user.ts';

/** Rejects if there is no decision, or with a StatusError (429). */
export type Authorize = (user: User, request: RequestInfo, address: string) => Promise<Decision>;

const FREE_PATHS = ['/healthz', '/livez', '/readyz'];
const ALLOWED: Decision = { allowed: true, reason: '' };

/**
 * Allowed without a review: system:masters, and exactly the three probe paths. kube-apiserver decides on
 * everything else.
 */
export function createAuthorize(reviews: Pick<Reviews, 'access'>): Authorize {
  return async (user, request, address) => {
    if (user.groups.includes('system:masters')) return ALLOWED;
    if (request.kind === 'path' && FREE_PATHS.includes(request.path)) return ALLOWED;
    return reviews.access(user, request, address);
  };
}
