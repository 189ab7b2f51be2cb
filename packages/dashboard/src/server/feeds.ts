import type { View } from './views.ts';

/** Between two readings of a view, in ms. */
const INTERVAL_MS = 1_000;
/** Views that are read at once: more than anyone looks at. */
const MAX_VIEWS = 8;

/** Reads views while a page shows them. */
export interface Feeds {
  /**
   * Calls `send` with each reading as JSON, until the returned function is called. Everyone who watches one view gets the same
   * readings. undefined: too many views are watched.
   */
  watch(view: View, send: (json: string) => void): (() => void) | undefined;
}

interface Feed {
  readonly readers: Set<(json: string) => void>;
  last: string | undefined;
}

/** @param read a reading of a view; a rejection is sent as `{ error }` */
export function createFeeds(read: (view: View) => Promise<unknown>): Feeds {
  const feeds = new Map<string, Feed>();
  const poll = async (view: View, feed: Feed): Promise<void> => {
    while (feed.readers.size > 0) {
      const start = performance.now();
      feed.last = await read(view).then(JSON.stringify, failed);
      for (const send of feed.readers) send(feed.last);
      const rest = Math.max(0, start + INTERVAL_MS - performance.now());
      await new Promise((resolve) => setTimeout(resolve, rest).unref());
    }
  };
  return {
    watch(view, send) {
      const key = JSON.stringify(view);
      const known = feeds.get(key);
      const watched = [...feeds.values()].filter(({ readers }) => readers.size > 0);
      if (known === undefined && watched.length >= MAX_VIEWS) return undefined;
      const feed = known ?? { readers: new Set(), last: undefined };
      feed.readers.add(send);
      if (known === undefined) {
        feeds.set(key, feed);
        void poll(view, feed).finally(() => feeds.delete(key));
      }
      const { last } = feed;
      if (last !== undefined) queueMicrotask(() => feed.readers.has(send) && send(last));
      return () => void feed.readers.delete(send);
    },
  };
}

function failed(error: unknown): string {
  return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
}
