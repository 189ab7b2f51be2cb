import type { RequestInfo } from '../http/request-info.ts';
import type { Decision, Reviews } from './reviews.ts';
import type { User } from './user.ts';

/** Rejects when it cannot be decided, or with a StatusError (429). */
export type Authorize = (user: User, request: RequestInfo, address: string) => Promise<Decision>;

const FREE_PATHS = ['/healthz', '/livez', '/readyz'];
const ALLOWED: Decision = { allowed: true, reason: '' };

/** What needs no review: the masters, and exactly the three paths of probes. All else is kube-apiserver's to decide. */
export function createAuthorize(reviews: Pick<Reviews, 'access'>): Authorize {
  return async (user, request, address) => {
    if (user.groups.includes('system:masters')) return ALLOWED;
    if (request.kind === 'path' && FREE_PATHS.includes(request.path)) return ALLOWED;
    return reviews.access(user, request, address);
  };
}
