import { type ApiGroup, goJson } from '@activescale/protocol/kubernetes';
import { withHeaders } from '../../http/answers.ts';
import type { Answer, Handler } from '../../http/exchange.ts';
import { type HashedDocument, hashed, hashedAnswer } from '../../http/hashed-document.ts';
import { parseAccept } from '../../http/negotiation.ts';
import type { Route } from '../../http/routes.ts';
import { openApiDocuments, swaggerDocument } from './documents.ts';

const JSON_TYPE = 'application/json';
const YEAR_S = 365 * 24 * 3600;
const METHODS = ['GET', 'HEAD'];
const EMPTY = Buffer.alloc(0);

/**
 * /openapi/v2 and /openapi/v3, encoded once. kube-apiserver downloads both once a minute, and logs errors if
 * one is missing.
 * @param groups that are served
 * @param started creation time of the documents, ms since the epoch
 */
export function openApiRoutes(groups: readonly ApiGroup[], started: number): Route[] {
  const headers = {
    vary: 'Accept-Encoding, Accept',
    'last-modified': new Date(started).toUTCString(),
  };
  const swagger = document(swaggerDocument(groups));
  const paths: Record<string, { serverRelativeURL: string }> = {};
  const parts = Object.entries(openApiDocuments(groups)).map(([key, content]): Route => {
    const part = document(content);
    const path = `/openapi/v3/${key}`;
    const location = `${path}?hash=${part.hash}`;
    paths[key] = { serverRelativeURL: location };
    const answer: Handler = (request) => {
      const hash = request.info.query.get('hash');
      if (hash !== null && hash !== part.hash) {
        return { status: 301, headers: { ...headers, etag: `"${part.hash}"`, location }, body: EMPTY };
      }
      return withHeaders(hashedAnswer(request, part, JSON_TYPE), {
        ...headers,
        ...(hash !== null && unchanging()),
      });
    };
    return { path, methods: METHODS, answer: ifJson(answer) };
  });
  const index = document({ paths });
  return [
    {
      path: '/openapi/v2',
      methods: METHODS,
      answer: ifJson((request) => withHeaders(hashedAnswer(request, swagger, JSON_TYPE), headers)),
    },
    // The index is always JSON (k8s.io/kube-openapi pkg/handler3/handler.go, HandleDiscovery).
    { path: '/openapi/v3', methods: METHODS, answer: (request) => hashedAnswer(request, index, JSON_TYPE) },
    ...parts,
  ];
}

/** A document with a hash in its path never changes. */
function unchanging(): Answer['headers'] {
  const expires = new Date(Date.now() + YEAR_S * 1000).toUTCString();
  return { 'cache-control': 'public, immutable', expires };
}

/**
 * There is no protobuf format; a client that accepts nothing else gets 406 without a body, as from Go's server.
 */
function ifJson(answer: Handler): Handler {
  return (request) => {
    const { accept = '' } = request.headers;
    const types = parseAccept(accept === '' ? '*/*' : accept).map(({ type }) => type);
    const accepted = ['*/*', 'application/*', JSON_TYPE].some((type) => types.includes(type));
    return accepted ? answer(request) : { status: 406, headers: { vary: 'Accept' }, body: EMPTY };
  };
}

function document(content: object): HashedDocument {
  return hashed(Buffer.from(goJson(content)));
}
