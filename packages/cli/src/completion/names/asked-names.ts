import { canNameNamespace, DESTINATIONS, parseObjectName, parseResourceName } from '@activescale/kube';
import type { ObjectArgument } from '../../command.ts';
import { kindOf } from '../../inspect/subject.ts';

/** The objects whose names complete a word. */
export interface AskedNames {
  readonly apiVersion: string;
  /** In plural. */
  readonly resource: string;
  /** `cluster`: the resource has no namespaces; undefined: the namespace of the context. */
  readonly scope: 'cluster' | { readonly namespace: string | undefined };
  /** What the completed word has before and after a name: `hpa/web`, `shop/`. */
  readonly before: string;
  readonly after: string;
}

/** A command line up to the completed word. */
export interface Typed {
  /** The arguments before the word that belong to no option. */
  readonly positionals: readonly string[];
  readonly word: string;
  /** The value of `--namespace`. */
  readonly namespace: string | undefined;
}

/** The names that complete the word of a command line; undefined: it names no object. */
export function askedNames(argument: ObjectArgument, typed: Typed): AskedNames | undefined {
  const { namespace } = typed;
  if (namespace !== undefined && !canNameNamespace(namespace)) return undefined;
  switch (argument) {
    case 'hpa or workload':
      return ofTwoWords(typed) ?? ofOneWord(typed, 'hpa');
    case 'workload':
      return ofOneWord(typed, 'deploy');
    case 'pod or destination':
      return ofSubject(typed);
  }
}

/** `hpa web` */
function ofTwoWords({ positionals: [type, ...more], namespace }: Typed): AskedNames | undefined {
  return type === undefined || more.length > 0 ? undefined : scalable(type, namespace, '');
}

/** `hpa/web`. @param usual the type while none is typed */
function ofOneWord({ positionals, word, namespace }: Typed, usual: string): AskedNames | undefined {
  if (positionals.length > 0) return undefined;
  const type = word.includes('/') ? word.slice(0, word.indexOf('/')) : usual;
  return scalable(type, namespace, `${type}/`);
}

function scalable(type: string, namespace: string | undefined, before: string): AskedNames | undefined {
  const object = `${type}/any`;
  const found = parseResourceName(object);
  const resource = parseObjectName(object)?.resource.resource;
  if (found === undefined || resource === undefined || found.kind === 'Pod') return undefined;
  return { apiVersion: found.apiVersion, resource, scope: { namespace }, before, after: '' };
}

/** `pod shop/web-1`, `pod/shop/web-1`, `pod web-1 -n shop`: first the namespaces, if none is known. */
function ofSubject({ positionals, word, namespace }: Typed): AskedNames | undefined {
  const [type = '', ...path] = [...positionals, word].join('/').split('/');
  const kind = kindOf(type);
  const before = word.slice(0, word.lastIndexOf('/') + 1);
  const [first = ''] = path;
  if (kind === undefined || path.length === 0 || path.length > 2) return undefined;
  if (path.length === 1 && namespace === undefined)
    return { apiVersion: 'v1', resource: 'namespaces', scope: 'cluster', before, after: '/' };
  if (path.length === 2 && !canNameNamespace(first)) return undefined;
  const scope = { namespace: path.length === 2 ? first : namespace };
  if (kind === 'pod') return { apiVersion: 'v1', resource: 'pods', scope, before, after: '' };
  const { apiVersion, resource } = DESTINATIONS[kind];
  return { apiVersion, resource: resource.resource, scope, before, after: '' };
}
