import { KubeError, type Ownership } from '@activescale/kube';

/** The parts of an object's metadata that a watch needs. */
export interface KubeObject {
  readonly metadata: Ownership & {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
}

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** On the bookmark after the initial objects of a streaming list. */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** @throws KubeError if the event is the server's error; SyntaxError if it is not JSON. */
export function parseWatchEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as
    | WatchEvent<T>
    | { type: 'ERROR'; object: { code?: number; message?: string } };
  if (event.type !== 'ERROR') return event;
  throw new KubeError(
    event.object.code ?? 0,
    `the watch ended: ${event.object.message ?? 'no reason given'}`,
  );
}

export function endsInitialEvents({ type, object }: WatchEvent<KubeObject>): boolean {
  return type === 'BOOKMARK' && object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
}
