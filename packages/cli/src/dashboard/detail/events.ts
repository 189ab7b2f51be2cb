import type { Event } from '@activescale/dashboard';
import { type KubeClient, KubeError } from '@activescale/kube';
import { askList } from '../../cluster/ask.ts';

/** More say nothing new. */
const MAX_EVENTS = 8;

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
interface EventObject {
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** The events of an HPA, the newest first, or why they are missing. @param now ms since the epoch */
export async function readEvents(
  client: KubeClient,
  namespace: string,
  hpa: string,
  now: number,
): Promise<{ readonly events: readonly Event[]; readonly eventsProblem: string }> {
  const fieldSelector = `involvedObject.kind=HorizontalPodAutoscaler,involvedObject.name=${hpa}`;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  try {
    const found = await askList<EventObject>(client, `${path}?${new URLSearchParams({ fieldSelector })}`);
    const events = found.map((each) => eventOf(each, now));
    events.sort((a, b) => (a.age ?? 0) - (b.age ?? 0));
    return { events: events.slice(0, MAX_EVENTS), eventsProblem: '' };
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    return { events: [], eventsProblem: `You may not list events in ${namespace}.` };
  }
}

function eventOf(object: EventObject, now: number): Event {
  const { reason = '', message = '', type, count, series, lastTimestamp, eventTime } = object;
  const time = Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? '');
  return {
    reason,
    message,
    isWarning: type === 'Warning',
    count: series?.count ?? count ?? 1,
    age: Number.isNaN(time) ? undefined : Math.max(0, now - time),
  };
}
