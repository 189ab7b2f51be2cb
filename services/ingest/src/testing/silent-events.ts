import type { PodStreamEvents } from '../pod-stream.ts';

const ignore = () => {};

/** Events of a stream without observers. */
export const SILENT_EVENTS: PodStreamEvents = {
  received: ignore,
  flushed: ignore,
  anonymous: ignore,
  invalid: ignore,
  late: ignore,
  yielded: ignore,
  contradicted: ignore,
  demandRefused: ignore,
  coldStarted: ignore,
  scanned: ignore,
};
