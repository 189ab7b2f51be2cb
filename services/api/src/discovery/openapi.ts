import { type ApiGroup, goJson } from '@activescale/protocol/kubernetes';
import { type HashedDocument, hashed, sendHashed } from '../http/hashed-document.ts';
import { type App, infoOf } from '../http/http.ts';
import { openApiDocuments, swaggerDocument } from './openapi-documents.ts';
import { operationsOf } from './openapi-operations.ts';

const JSON_TYPE = 'application/json';
const YEAR_S = 365 * 24 * 3600;

/**
 * /openapi/v2 and /openapi/v3, written once. kube-apiserver downloads both once a minute, and fills its log when one is
 * missing.
 * @param groups that are served
 * @param started when the documents came to be, ms since the epoch
 */
export function openApiRoutes(app: App, groups: readonly ApiGroup[], started: number): void {
  const operations = operationsOf(groups);
  const swagger = document(swaggerDocument(operations));
  const lastModified = new Date(started).toUTCString();
  app.get('/openapi/v2', (request, reply) => {
    reply.header('last-modified', lastModified).header('vary', 'Accept-Encoding, Accept');
    return sendHashed(request, reply, swagger, JSON_TYPE);
  });

  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [key, content] of openApiDocuments(operations)) {
    const part = document(content);
    const path = `/openapi/v3/${key}`;
    const right = `${path}?hash=${part.hash}`;
    paths[key] = { serverRelativeURL: right };
    app.get(path, (request, reply) => {
      reply.header('vary', 'Accept-Encoding, Accept').header('last-modified', lastModified);
      const hash = infoOf(request).query.get('hash');
      if (hash !== null && hash !== part.hash) {
        return reply.header('etag', `"${part.hash}"`).redirect(right, 301);
      }
      if (hash !== null) {
        // Under this name the document can never change.
        reply
          .header('cache-control', 'public, immutable')
          .header('expires', new Date(Date.now() + YEAR_S * 1000).toUTCString());
      }
      return sendHashed(request, reply, part, JSON_TYPE);
    });
  }
  const index = document({ paths });
  app.get('/openapi/v3', (request, reply) => sendHashed(request, reply, index, JSON_TYPE));
}

function document(content: object): HashedDocument {
  return hashed(Buffer.from(goJson(content)));
}
