import { setTimeout as delay } from 'node:timers/promises';
import { type KubeClient, KubeError } from '@activescale/kube';
import { linesOf } from './json-lines.ts';
import { pagedList } from './paged-list.ts';
import { endsInitialEvents, type KubeObject, parseWatchEvent } from './watch-event.ts';

/** Receives the objects of one list and of the watch that follows it. */
export interface Sink<T> {
  put(object: T): void;
  remove(object: T): void;
}

export interface ReflectorOptions<T extends KubeObject, S extends Sink<T>> {
  readonly client: KubeClient;
  /** Of the collection, e.g. `/api/v1/pods`. */
  readonly path: string;
  /** Added to every query, e.g. a fieldSelector. */
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  /** A new list begins: returns an empty sink for it. */
  begin(): S;
  /** The sink has the whole list: it replaces the previous one, and the watch continues to change it. */
  commit(sink: S): void;
  /** Called if the watch fails, and with undefined if it has recovered. */
  onState(trouble: unknown): void;
}

export interface Reflector {
  /** Whether there has been a whole list; it stays true, because an old list is better than none. */
  readonly synced: boolean;
  /** Time since the last event, in ms. */
  age(): number;
  close(): Promise<void>;
}

/** Bookmarks arrive about once a minute: a connection without an event for longer is dead. In ms. */
const SILENCE_MS = 90_000;
/** Between two attempts, in ms: doubled each time, up to the largest, with jitter. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 3_000;
/** An object is at most 3 MiB in etcd; JSON adds to it. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/**
 * Mirrors a collection of the cluster: by a streaming list if the server has it (one object at a time, no large
 * body), otherwise a paged one; then by a watch, resumed after a failure. Every error is retried, without end,
 * and reported. Source of the protocol: KEP-3157 watch-list; k8s.io/client-go/tools/cache/reflector.go.
 */
export function startReflector<T extends KubeObject, S extends Sink<T>>(
  options: ReflectorOptions<T, S>,
): Reflector {
  const { client, path, accept } = options;
  const closing = new AbortController();
  let streamingList = true;
  let synced = false;
  let lastHeard = performance.now();
  let failures = 0;
  let broken = false;
  /** The sink of the list that the watch continues; undefined: list again. */
  let resume: { sink: S; version: string } | undefined;

  const heard = (): void => {
    lastHeard = performance.now();
    failures = 0;
    if (!broken) return;
    broken = false;
    options.onState(undefined);
  };
  const commit = (sink: S, version: string): void => {
    resume = { sink, version };
    synced = true;
    options.commit(sink);
  };

  /** One connection, until it ends, fails or is silent. */
  const watch = async (query: Readonly<Record<string, string>>, sink: S): Promise<void> => {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(new Error(`no event for ${SILENCE_MS} ms`)), SILENCE_MS);
    try {
      const signal = AbortSignal.any([closing.signal, silent.signal]);
      const all = new URLSearchParams({
        ...options.query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        ...query,
      });
      const body = await client.stream(`${path}?${all}`, { accept, signal });
      for await (const line of linesOf(body, MAX_LINE_BYTES)) {
        timer.refresh();
        const event = parseWatchEvent<T>(line);
        heard();
        const version = event.object.metadata.resourceVersion ?? '';
        if (event.type === 'DELETED') sink.remove(event.object);
        else if (event.type !== 'BOOKMARK') sink.put(event.object);
        if (endsInitialEvents(event)) commit(sink, version);
        else if (resume?.sink === sink) resume.version = version;
      }
    } catch (error) {
      throw silent.signal.aborted ? silent.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  };

  const listAndWatch = async (): Promise<void> => {
    if (resume !== undefined) return watch({ resourceVersion: resume.version }, resume.sink);
    const sink = options.begin();
    if (streamingList) {
      return watch({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, sink);
    }
    const version = await pagedList<T>({ ...options, signal: closing.signal }, (object) => sink.put(object));
    heard();
    commit(sink, version);
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await listAndWatch();
      } catch (error) {
        if (closing.signal.aborted) return;
        const status = error instanceof KubeError ? error.status : undefined;
        // Gone, or refused as malformed (a version that this server does not know): a new list is needed.
        if (status === 410 || status === 400) resume = undefined;
        if (isStreamingRefused(status, resume)) streamingList = false;
        if (!broken) options.onState(error);
        broken = true;
      }
      const longest = Math.min(FIRST_DELAY_MS * 2 ** failures++, MAX_DELAY_MS);
      await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();

  return {
    get synced() {
      return synced;
    },
    age: () => performance.now() - lastHeard,
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Servers before 1.32, or with the feature disabled, refuse `sendInitialEvents` as forbidden or invalid. */
function isStreamingRefused(status: number | undefined, resume: unknown): boolean {
  return resume === undefined && (status === 422 || status === 400);
}
