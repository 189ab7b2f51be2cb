import { createHash } from 'node:crypto';
import { createAnswerCache, type KubeClient } from '@activescale/kube';
import type { RequestInfo } from '../http/request-info.ts';
import { createReviewGate } from '../limits/review-gate.ts';
import { ANONYMOUS, type User } from './user.ts';

/**
 * Reviews of tokens and requests by kube-apiserver. Both reject if it cannot be reached, and with a StatusError
 * (429) if the sender has caused too many reviews.
 */
export interface Reviews {
  /** undefined: the token is invalid. */
  token(token: string, address: string): Promise<User | undefined>;
  access(user: User, request: RequestInfo, address: string): Promise<Decision>;
}

export interface Decision {
  readonly allowed: boolean;
  /** The authorizer's reason; may be empty. */
  readonly reason: string;
}

export interface ReviewsOptions {
  readonly client: KubeClient;
  /**
   * Called for each request to kube-apiserver: its HTTP status, `<error>` without one, and its duration in s.
   */
  called(kind: 'authn' | 'authz', code: string, seconds: number): void;
  /** Called if a cached result is used because there is no new one. */
  stale(kind: 'authn' | 'authz', error: unknown): void;
  /** A review was refused, to protect kube-apiserver and other senders. */
  refused(kind: 'anonymous' | 'user'): void;
}

/**
 * Unauthenticated senders are limited by address, so that invalid tokens do not load kube-apiserver. Valid
 * tokens and allowed requests are not limited.
 */
const OF_ADDRESSES = {
  perSecond: 50,
  atOnce: 16,
  atOncePerSender: 4,
  burst: 20,
  refill: 5,
  retryAfter: 1,
} as const;
/**
 * Authenticated users, by name. The HPA makes at most 20 queries a second by default (--kube-api-qps). For its
 * sake without Retry-After.
 */
const OF_USERS = {
  perSecond: 1_000,
  atOnce: 64,
  atOncePerSender: 32,
  burst: 100,
  refill: 20,
  retryAfter: undefined,
} as const;

/** Like Go's delegated options: k8s.io/apiserver server/options, 10 s for each result; 8192 entries. */
const TTL_MS = 10_000;
const CACHE_SIZE = 8192;
/** A longer request is not cached and is reviewed each time; in bytes. */
const MAX_KEY = 10_000;
const STALE_TTL_MS = 60_000;
/** A request needs at most two reviews: together they stay below its 2 s. In ms. */
const TIMEOUT_MS = 900;

interface TokenReview {
  readonly status: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface SubjectAccessReview {
  readonly status: { readonly allowed: boolean; readonly denied?: boolean; readonly reason?: string };
}

export function createReviews({ client, called, stale, refused }: ReviewsOptions): Reviews {
  const now = () => performance.now();
  const addresses = createReviewGate({ ...OF_ADDRESSES, now, onRefused: () => refused('anonymous') });
  const users = createReviewGate({ ...OF_USERS, now, onRefused: () => refused('user') });
  const limits = { ttl: TTL_MS, staleTtl: STALE_TTL_MS, size: CACHE_SIZE, now };
  const tokens = createAnswerCache<User | undefined>({
    ...limits,
    isPositive: (user) => user !== undefined,
    bytesOf: (user) => 2 * JSON.stringify(user ?? null).length,
    stale: (error) => stale('authn', error),
  });
  const decisions = createAnswerCache<Decision>({
    ...limits,
    isPositive: ({ allowed }) => allowed,
    bytesOf: ({ reason }) => 2 * reason.length,
    stale: (error) => stale('authz', error),
  });

  const post = async <T>(kind: 'authn' | 'authz', path: string, body: object): Promise<T> => {
    const start = performance.now();
    let code = '<error>';
    try {
      const answer = await client.post<T>(path, body, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      code = '201';
      return answer;
    } catch (error) {
      if (error instanceof Error && 'status' in error) code = String(error.status);
      throw error;
    } finally {
      called(kind, code, (performance.now() - start) / 1000);
    }
  };

  const reviewToken = async (token: string): Promise<User | undefined> => {
    const { status } = await post<TokenReview>('authn', '/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    if (status.authenticated !== true) return undefined;
    const { username = '', uid, groups = [], extra } = status.user ?? {};
    return { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) };
  };

  const postAccess = async (spec: object): Promise<Decision> => {
    const { status } = await post<SubjectAccessReview>(
      'authz',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
    );
    return { allowed: status.allowed && status.denied !== true, reason: status.reason ?? '' };
  };

  return {
    // The key is a digest, so that the cache contains no tokens.
    token: (token, address) =>
      tokens.get(createHash('sha256').update(token).digest('base64'), () =>
        addresses.run(
          address,
          () => reviewToken(token),
          (user) => user !== undefined,
        ),
      ),
    async access(user, request, address) {
      const spec = accessSpec(user, request);
      const key = JSON.stringify(spec);
      const [gate, sender] = user.name === ANONYMOUS.name ? [addresses, address] : [users, user.name];
      const review = () =>
        gate.run(
          sender,
          () => postAccess(spec),
          ({ allowed }) => allowed,
        );
      if (Buffer.byteLength(key) >= MAX_KEY) return review();
      return decisions.get(key, review);
    },
  };
}

/** The spec of a SubjectAccessReview, with keys in Go's order and without empty ones. */
export function accessSpec({ name, groups, extra, uid }: User, request: RequestInfo): object {
  const subject = { user: name, groups, extra, uid };
  if (request.kind === 'path') {
    const { path, verb } = request;
    return { nonResourceAttributes: { path, ...(verb && { verb }) }, ...subject };
  }
  const { namespace, verb, group, version, resource, subresource, name: object } = request;
  const attributes = { namespace, verb, group, version, resource, subresource, name: object };
  const set = Object.entries(attributes).filter(([, value]) => value !== '');
  return { resourceAttributes: Object.fromEntries(set), ...subject };
}
