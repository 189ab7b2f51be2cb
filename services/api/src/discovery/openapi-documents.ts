import type { Operation, Operations } from './openapi-operations.ts';
import { SCHEMAS, type Schema } from './openapi-schemas.ts';

const INFO = { title: 'activescale', version: '1.0.0' };

const PARAMETERS: Readonly<Record<string, string>> = {
  namespace: 'the namespace of the objects',
  resource: 'the kind of object with its group: pods, deployments.apps',
  name: 'the name of the object, or * for all that match',
  subresource: 'the name of the metric',
};
const QUERY: Readonly<Record<string, string>> = {
  labelSelector: 'which objects, where the name is *',
  metricLabelSelector: 'over which window: over=30s',
};
const EXTERNAL_QUERY: Readonly<Record<string, string>> = {
  labelSelector: 'which pods, by their labels, pod and workload; over which window: over=30s',
};

/** Swagger 2.0, one document for all. */
export function swaggerDocument(byKey: Operations): object {
  const operations = [...byKey.values()].flat();
  return {
    swagger: '2.0',
    info: INFO,
    paths: Object.fromEntries(
      operations.map((operation) => [operation.path, { get: swaggerGet(operation) }]),
    ),
    definitions: Object.fromEntries(
      [...schemasOf(operations)].map((name) => [name, resolve(SCHEMAS[name] ?? {}, '#/definitions/')]),
    ),
  };
}

/** OpenAPI 3.0, a document for each key. */
export function openApiDocuments(byKey: Operations): ReadonlyMap<string, object> {
  const documents = new Map<string, object>();
  for (const [key, operations] of byKey) {
    documents.set(key, {
      openapi: '3.0.0',
      info: INFO,
      paths: Object.fromEntries(
        operations.map((operation) => [operation.path, { get: openApiGet(operation) }]),
      ),
      components: {
        schemas: Object.fromEntries(
          [...schemasOf(operations)].map((name) => [
            name,
            resolve(SCHEMAS[name] ?? {}, '#/components/schemas/'),
          ]),
        ),
      },
    });
  }
  return documents;
}

function swaggerGet(operation: Operation): object {
  return {
    ...common(operation),
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    parameters: parameters(operation).map((parameter) => ({
      ...parameter,
      type: 'string',
      uniqueItems: true,
    })),
    responses: {
      200: { description: 'OK', schema: { $ref: `#/definitions/${operation.answer}` } },
      401: { description: 'Unauthorized' },
    },
  };
}

function openApiGet(operation: Operation): object {
  const schema = { $ref: `#/components/schemas/${operation.answer}` };
  return {
    ...common(operation),
    parameters: parameters(operation).map((parameter) => ({ ...parameter, schema: { type: 'string' } })),
    responses: {
      200: {
        description: 'OK',
        content: { 'application/json': { schema }, 'application/yaml': { schema } },
      },
      401: { description: 'Unauthorized' },
    },
  };
}

function common({ id, summary, served }: Operation): object {
  return {
    description: summary,
    operationId: id,
    tags: [served?.tag ?? 'discovery'],
    ...(served !== undefined && {
      'x-kubernetes-action': 'list',
      'x-kubernetes-group-version-kind': served.groupVersionKind,
    }),
  };
}

function parameters({
  path,
  served,
}: Operation): { name: string; in: string; description: string; required: boolean }[] {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    description: PARAMETERS[name] ?? '',
    required: true,
  }));
  if (served === undefined) return named;
  const query = served.groupVersionKind.kind === 'MetricValueList' ? QUERY : EXTERNAL_QUERY;
  const asked = Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    required: false,
  }));
  return [...named, ...asked];
}

/** Writes references as one version of OpenAPI does. */
function resolve({ ref, properties, items, additionalProperties, ...rest }: Schema, prefix: string): object {
  if (ref !== undefined) return { $ref: prefix + ref };
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, resolve(schema, prefix)]),
      ),
    }),
    ...(items && { items: resolve(items, prefix) }),
    ...(additionalProperties && { additionalProperties: resolve(additionalProperties, prefix) }),
  };
}

/** The names of all schemas that the operations need. */
function schemasOf(operations: readonly Operation[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { answer } of operations) collect(answer, names);
  return names;
}

/** The names of a schema and of all that it refers to. */
function collect(name: string, into: Set<string>): void {
  if (into.has(name)) return;
  into.add(name);
  const visit = ({ ref, properties = {}, items, additionalProperties }: Schema): void => {
    if (ref !== undefined) collect(ref, into);
    for (const schema of [...Object.values(properties), items, additionalProperties]) {
      if (schema !== undefined) visit(schema);
    }
  };
  visit(SCHEMAS[name] ?? {});
}
