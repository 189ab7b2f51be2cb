import { constants, type ServerHttp2Session } from 'node:http2';

/** A stream that can be asked to make way. */
export interface Rotated {
  readonly session: ServerHttp2Session;
  /** When its last message came, in ms of the process's monotonic clock. */
  readonly lastMessage: number;
  /** It would lose a flush if it ended now. */
  isUnderWay(): boolean;
  /** Answers it with OK: its Envoy opens another one at its next flush, on another connection. */
  answer(): void;
}

export interface RotationOptions {
  /** Age of a connection at which it has to go, in ms; 0: none has to. */
  readonly maxAge: number;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
  readonly now: () => number;
  rotated(): void;
}

export interface Rotation<S> {
  add(stream: S): void;
  remove(stream: S): void;
  /** A message of the stream was worked on. */
  worked(stream: S): void;
}

/** Ages lie by up to so much apart, lest all connections of a rollout come to their end together. */
const JITTER = 0.1;
/** Largest stream number: streams that the client has opened before it reads the first GOAWAY still count. */
const ANY_STREAM = 2 ** 31 - 1;
/** How often streams are looked at that have to make way, in ms. */
const LOOK_MS = 100;
/** A stream without a flush for so long makes way without one, in ms. */
const PATIENCE_MS = 30_000;

/**
 * Gives connections an end, so that a new replica gets its share of the load: an Envoy's stream never ends by itself.
 * The connection is told to go away (GOAWAY), then each stream on it is answered just after a flush: until the next
 * one nothing is under way that could be lost.
 */
export function createRotation<S extends Rotated>(options: RotationOptions): Rotation<S> {
  const { maxAge, random, now, rotated } = options;
  const sessions = new Map<ServerHttp2Session, Set<S>>();
  /** Streams that have to make way, since when. */
  const leaving = new Map<S, number>();
  let look: NodeJS.Timeout | undefined;

  const answerIfDone = (stream: S, since: number): void => {
    if (stream.isUnderWay() || (stream.lastMessage <= since && now() - since < PATIENCE_MS)) return;
    rotated();
    stream.answer();
  };
  const lookAtAll = (): void => {
    for (const [stream, since] of leaving) answerIfDone(stream, since);
  };
  const retire = (session: ServerHttp2Session): void => {
    if (session.destroyed) return;
    session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
    session.close();
    for (const stream of sessions.get(session) ?? []) leaving.set(stream, now());
    look ??= setInterval(lookAtAll, LOOK_MS).unref();
  };

  return {
    add(stream) {
      if (maxAge === 0) return;
      const { session } = stream;
      const streams = sessions.get(session);
      if (streams !== undefined) {
        streams.add(stream);
        return;
      }
      sessions.set(session, new Set([stream]));
      const age = maxAge * (1 - JITTER + 2 * JITTER * random());
      const timer = setTimeout(() => retire(session), age).unref();
      session.once('close', () => {
        clearTimeout(timer);
        sessions.delete(session);
      });
    },
    remove(stream) {
      sessions.get(stream.session)?.delete(stream);
      leaving.delete(stream);
      if (leaving.size > 0) return;
      clearInterval(look);
      look = undefined;
    },
    worked(stream) {
      const since = leaving.get(stream);
      if (since !== undefined) answerIfDone(stream, since);
    },
  };
}
