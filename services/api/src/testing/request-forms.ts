import fc from 'fast-check';

/** Namespaces of the generated requests, each with the same objects. */
export const NAMESPACES: readonly string[] = ['team-a', 'other', 'status', 'pods'];

export interface RequestForm {
  readonly method: string;
  readonly url: string;
}

export const namespace = fc.constantFrom(...NAMESPACES, 'nobody', '*');
const resource = fc.constantFrom(
  'pods',
  'pod',
  'PODS',
  'services',
  'service',
  'httproutes.gateway.networking.k8s.io',
  'namespaces',
  'namespace',
  'Namespaces',
  'pods.',
);
const name = fc.oneof(fc.constantFrom('web', 'web-0', '*'), namespace);
const metric = fc.constantFrom(
  'active_requests',
  'requests_per_second',
  'demand_requests',
  'status',
  'finalize',
  'nope',
);

/** Paths below a version that are meant to be answered. */
const shape: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.tuple(fc.constant('namespaces'), namespace, resource, name, metric),
  fc.tuple(fc.constant('namespaces'), namespace, fc.constant('metrics'), metric),
  fc.tuple(fc.constant('namespaces'), namespace, metric),
  fc.tuple(resource, name, metric),
);

export const word = fc.oneof(
  fc.constantFrom('namespaces', 'metrics', 'watch', 'proxy', 'status', 'finalize', '', '.', '..', '*'),
  namespace,
  resource,
  name,
  metric,
);

/** The same with a part put in, taken away, or put in place of another. */
const changed = fc
  .tuple(shape, fc.nat(5), fc.nat(2), fc.array(word, { maxLength: 3 }))
  .map(([parts, at, removed, added]): readonly string[] => [...parts].toSpliced(at, removed, ...added));

const parts: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: shape },
  { weight: 3, arbitrary: changed },
  fc.array(word, { maxLength: 7 }),
);

const version = fc.constantFrom(
  '/apis/custom.metrics.k8s.io/v1beta2',
  '/apis/custom.metrics.k8s.io/v1beta1',
  '/apis/external.metrics.k8s.io/v1beta1',
);
const fixed = fc.constantFrom(
  ...[
    '/',
    '/version',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/apis',
    '/readyz',
    '/apis/custom.metrics.k8s.io',
    '/nope',
  ],
);
const path = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(version, parts).map(([prefix, rest]) => [prefix, ...rest].join('/')) },
  fixed,
);

/** Other ways to write a path: escaped, as an absolute URL, with slashes too many, with a fragment. */
const picks = fc.func(fc.nat(9));
const written = fc
  .tuple(
    path,
    fc.boolean(),
    picks,
    fc.constantFrom('', '', '', '', 'https://x', '/', '//x', 'http://'),
    fc.constantFrom('', '', '', '/', '//', '%2F', '#x', '%23', '/..'),
  )
  .map(([text, isEscaped, pick, before, after]) => {
    const characters = [...text].map((each, i) =>
      isEscaped && i > 0 && pick(i) === 0 ? percent(each) : each,
    );
    return `${before}${characters.join('')}${after}`;
  });

const query = fc.constantFrom(
  '',
  '',
  '?',
  '?watch=true',
  '?labelSelector=app%3Dweb',
  '?fieldSelector=metadata.name%3Dweb',
  '?a=/b',
  '?limit=x',
);
export const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('GET') },
  fc.constantFrom('HEAD', 'POST', 'DELETE', 'OPTIONS', 'FOO', 'get', ''),
);

export const requestForms: fc.Arbitrary<RequestForm> = fc
  .tuple(method, written, query)
  .map(([asked, target, search]) => ({ method: asked, url: `${target}${search}` }));

/** Questions about the demand for a destination, most of which are answered. */
const destination = fc.constantFrom(
  'services',
  'Service',
  'httproutes.gateway.networking.k8s.io',
  'grpcroute.gateway.networking.k8s.io',
  'pods',
);
const inNamespace = fc.constantFrom(...NAMESPACES, 'nobody');
const demandOfCustom = fc
  .tuple(inNamespace, destination, name, fc.constantFrom('', '', '?metricLabelSelector=port%3D80'))
  .map(
    ([space, resource, object, search]) =>
      `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${space}/${resource}/${object}/demand_requests${search}`,
  );
const demandOfExternal = fc
  .tuple(inNamespace, fc.constantFrom('service', 'httproute', 'app'), name, fc.constantFrom('', ',port%3D80'))
  .map(
    ([space, key, object, port]) =>
      `/apis/external.metrics.k8s.io/v1beta1/namespaces/${space}/demand_requests?labelSelector=${key}%3D${object}${port}`,
  );

export const demandForms: fc.Arbitrary<RequestForm> = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: fc.constant('GET') }, method),
    fc.oneof(demandOfCustom, demandOfExternal),
  )
  .map(([asked, url]) => ({ method: asked, url }));

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
