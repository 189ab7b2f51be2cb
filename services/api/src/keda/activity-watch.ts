import { type Activity, activitiesOf, groupKey } from './activity.ts';
import type { Readings } from './readings.ts';
import { type ScalerError, scalerErrorOf } from './scaler-error.ts';
import { activityKey, type Trigger } from './trigger.ts';

/**
 * Intervals in ms. A record changes about once a second; an inactive trigger with a destination waits for the first request,
 * so it is read more often.
 */
const TICK_MS = 250;
const CALM_MS = 1_000;
/** KEDA may miss a message; it ignores that a trigger is still inactive. */
const REPEAT_MS = 30_000;
/** Groups that are read at once, and triggers of a group: both bound what waits for Valkey. */
const AT_ONCE = 8;
const MAX_GROUP = 100;

/** A stream of the activity of its trigger. */
export interface ActivityListener {
  /** The trigger by the current catalogue. @throws ScalerError if it has become invalid */
  trigger(): Trigger;
  /** Called at first, at each change, and every 30 s while active. */
  send(active: boolean): void;
  /** The activity is unknown. It is read again. */
  failed(error: ScalerError): void;
}

export interface ActivityWatch {
  /** @returns removes the listener */
  add(listener: ActivityListener): () => void;
  close(): void;
}

interface Watched extends ActivityListener {
  due: number;
  isRead: boolean;
  sent: { readonly active: boolean; readonly at: number } | undefined;
}

/**
 * Reads the activities of all streams together: triggers that are equal are read once, and those of a namespace by one query.
 * A slow group delays others only while AT_ONCE of them are slow.
 * @param now monotonic, in ms
 */
export function startActivityWatch(readings: Readings, now: () => number): ActivityWatch {
  const watched = new Set<Watched>();
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  const runNext = (): void => {
    const next = running < AT_ONCE ? waiting.shift() : undefined;
    if (next === undefined) return;
    running++;
    void next().finally(() => {
      running--;
      runNext();
    });
    runNext();
  };
  const read = async (group: ReadonlyMap<Trigger, readonly Watched[]>): Promise<void> => {
    const activities = await activitiesOf([...group.keys()], readings);
    const at = now();
    [...group].forEach(([trigger, listeners], i) => {
      const activity = activities[i] ?? false;
      for (const each of listeners) if (watched.has(each)) notify(each, trigger, activity, at);
    });
  };
  const tick = (): void => {
    const at = now();
    const due = [...watched].filter((each) => !each.isRead && each.due <= at);
    for (const group of groupsOf(due, at)) waiting.push(() => read(group));
    runNext();
  };
  const close = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    add(listener) {
      const each: Watched = { ...listener, due: 0, isRead: false, sent: undefined };
      watched.add(each);
      timer ??= setInterval(tick, TICK_MS).unref();
      return () => {
        watched.delete(each);
        if (watched.size === 0) close();
      };
    },
    close,
  };
}

/** Marks the listeners as being read; `failed` is called for those with an invalid trigger. */
function groupsOf(due: readonly Watched[], at: number): ReadonlyMap<Trigger, readonly Watched[]>[] {
  const valid = due.flatMap((listener) => {
    try {
      const trigger = listener.trigger();
      return [{ listener, trigger, key: activityKey(trigger) }];
    } catch (error) {
      listener.due = at + CALM_MS;
      listener.failed(scalerErrorOf(error));
      return [];
    }
  });
  const equal = [...Map.groupBy(valid, ({ key }) => key).values()];
  const alike = Map.groupBy(equal, ([first]) => first && (groupKey(first.trigger) ?? first.key));
  return [...alike.values()].flatMap((group) => {
    const parts = [];
    for (let i = 0; i < group.length; i += MAX_GROUP) {
      const part = new Map<Trigger, readonly Watched[]>();
      for (const same of group.slice(i, i + MAX_GROUP)) {
        const listeners = same.map(({ listener }) => listener);
        for (const each of listeners) each.isRead = true;
        if (same[0] !== undefined) part.set(same[0].trigger, listeners);
      }
      parts.push(part);
    }
    return parts;
  });
}

function notify(listener: Watched, { subject }: Trigger, activity: Activity, at: number): void {
  listener.isRead = false;
  const waits = activity === false && subject.of === 'destination';
  // A tick may come a little early or late.
  listener.due = at + (waits ? 0 : CALM_MS - TICK_MS / 2);
  if (typeof activity !== 'boolean') {
    listener.failed(activity);
    return;
  }
  const { sent } = listener;
  const isNews = sent?.active !== activity || (activity && at - sent.at >= REPEAT_MS);
  if (!isNews) return;
  listener.sent = { active: activity, at };
  listener.send(activity);
}
