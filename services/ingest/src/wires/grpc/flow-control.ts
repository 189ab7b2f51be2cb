import type { ServerHttp2Session } from 'node:http2';

/**
 * So many bytes may be under way to us before we have to ask for more (RFC 9113, 6.9), instead of 64 KiB: a flush of 2 MB
 * comes in two or three turns instead of thirty, and one of 13 KB without a frame in the other direction. What has come
 * is worked on at once, so none of it waits here.
 */
const WINDOW_BYTES = 1024 * 1024;

const widened = new WeakSet<ServerHttp2Session>();

/** Widens the windows of a connection and of its streams, also of those that are open; once, however often it is called. */
export function widenWindow(session: ServerHttp2Session): void {
  if (widened.has(session)) return;
  widened.add(session);
  session.settings({ initialWindowSize: WINDOW_BYTES });
  session.setLocalWindowSize(WINDOW_BYTES);
}
