import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { tooManyRequests } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** Limits the reviews that are sent to kube-apiserver. */
export interface ReviewGate {
  /**
   * Rejects with a StatusError (429) if the sender has used its budget, or waited too long.
   * @param sender whose budget it uses: an address or a user
   * @param proves whether a result returns the sender's place in the budget
   */
  run<T>(sender: string, review: () => Promise<T>, proves: (answer: T) => boolean): Promise<T>;
}

export interface ReviewGateOptions {
  /** Reviews of all senders per second. */
  readonly perSecond: number;
  /** Reviews in flight, in total and of one sender. */
  readonly atOnce: number;
  readonly atOncePerSender: number;
  /** Failed reviews of one sender: at once, and then per second. */
  readonly burst: number;
  readonly refill: number;
  /**
   * Seconds that a refusal is delayed, and that the sender should wait before it retries: without the delay a
   * sender that ignores the latter would keep this process busy with refusals. undefined: neither.
   */
  readonly retryAfter: number | undefined;
  /** Called for each refusal. */
  onRefused(): void;
  /** Monotonic, in ms. */
  now(): number;
}

interface Sender {
  /** Reviews in flight, waiting, and recent failed ones. */
  spent: number;
  at: number;
  running: number;
}

interface Waiting {
  readonly sender: Sender;
  end(mayStart: boolean): void;
}

/** Waiting reviews, and their maximum wait, in ms: together with the review it stays below a request's 2 s. */
const MAX_WAITING = 200;
const MAX_WAIT_MS = 250;
/** Delayed refusals: a request takes up to 60 KiB until it is answered. */
const MAX_HELD = 1_000;
const MAX_SENDERS = 10_000;
/** A longer name is replaced by its digest. */
const MAX_NAME = 64;

export function createReviewGate(options: ReviewGateOptions): ReviewGate {
  const { perSecond, atOnce, atOncePerSender, burst, refill, retryAfter, onRefused, now } = options;
  const senders = new Map<string, Sender>(); // least recently active first
  const waiting = new Set<Waiting>();
  let running = 0;
  let held = 0;
  let starts = perSecond; // left of this second
  let startsAt = now();
  let timer: NodeJS.Timeout | undefined;

  const decay = (sender: Sender): void => {
    const at = now();
    sender.spent = Math.max(sender.running, sender.spent - ((at - sender.at) * refill) / 1000);
    sender.at = at;
  };
  const senderOf = (name: string): Sender => {
    const key = name.length <= MAX_NAME ? name : createHash('sha256').update(name).digest('base64');
    const sender = senders.get(key) ?? { spent: 0, at: now(), running: 0 };
    senders.delete(key);
    senders.set(key, sender);
    for (const [oldest, each] of senders) {
      decay(each);
      if (senders.size <= MAX_SENDERS && each.spent > 0) break;
      if (each !== sender) senders.delete(oldest);
      else break;
    }
    decay(sender);
    return sender;
  };
  const refusal = async (): Promise<StatusError> => {
    onRefused();
    if (retryAfter !== undefined && held < MAX_HELD) {
      held++;
      await delay(retryAfter * 1000);
      held--;
    }
    return new StatusError(
      tooManyRequests(
        'too many requests from this client need authentication or authorization; retry later',
        retryAfter,
      ),
    );
  };

  /**
   * The sender with the lowest usage is first, so that a new one does not wait for senders of failed reviews.
   */
  const next = (): Waiting | undefined => {
    let best: Waiting | undefined;
    for (const each of waiting) {
      if (each.sender.running >= atOncePerSender) continue;
      if (best === undefined || each.sender.spent < best.sender.spent) best = each;
    }
    return best;
  };
  const dispatch = (): void => {
    const at = now();
    starts = Math.min(perSecond, starts + ((at - startsAt) * perSecond) / 1000);
    startsAt = at;
    while (running < atOnce && starts >= 1) {
      const first = next();
      if (first === undefined) return;
      starts--;
      running++;
      first.sender.running++;
      first.end(true);
    }
    if (waiting.size === 0 || starts >= 1 || timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        dispatch();
      },
      Math.ceil(((1 - starts) * 1000) / perSecond),
    );
  };
  const turn = (sender: Sender): Promise<boolean> =>
    new Promise((resolve) => {
      const entry: Waiting = {
        sender,
        end(mayStart) {
          waiting.delete(entry);
          clearTimeout(late);
          resolve(mayStart);
        },
      };
      const late = setTimeout(entry.end, MAX_WAIT_MS, false);
      waiting.add(entry);
      dispatch();
      if (waiting.size > MAX_WAITING) heaviest(waiting)?.end(false);
    });

  return {
    async run(name, review, proves) {
      const sender = senderOf(name);
      if (sender.spent + 1 > burst) throw await refusal();
      sender.spent++;
      if (!(await turn(sender))) {
        sender.spent--;
        throw await refusal();
      }
      try {
        const answer = await review();
        if (proves(answer)) sender.spent--;
        return answer;
      } finally {
        running--;
        sender.running--;
        dispatch();
      }
    },
  };
}

function heaviest(waiting: Iterable<Waiting>): Waiting | undefined {
  let found: Waiting | undefined;
  for (const each of waiting)
    if (found === undefined || each.sender.spent >= found.sender.spent) found = each;
  return found;
}
