import type { Range } from '../truth/range.ts';
import type { Share } from './shares.ts';
import { sumOf } from './sums.ts';

/** Slots are merged into ones of this length, in ms, and count as long as their end is in the hold. */
const CELL_MS = 5_000;
const REJECTIONS = ['unhealthy', 'overflow'] as const;

/** Where `demand_requests` may be: in flight and waiting, and at least 1 while it is held. */
export function heldRange(shares: readonly Share[], now: number, demandHold: number): Range {
  const { low, high } = sumOf(shares, 'active_requests');
  const since = now - demandHold;
  const isHeld = shares.some((share) => share.isDue && hasRejected(share, since, 'certainly'));
  const mayBeHeld = shares.some(
    (share) => share.isPossible && hasRejected(share, since - CELL_MS, 'perhaps'),
  );
  return { low: isHeld ? Math.max(1, low) : low, high: mayBeHeld ? Math.max(1, high) : high };
}

/**
 * Whether a flush that arrived since a time has counted a rejected request: certainly, if nothing has happened to the gateway
 * since the flush before.
 */
function hasRejected({ truth, due, flushes }: Share, since: number, how: 'certainly' | 'perhaps'): boolean {
  const { gateway, own, shows } = truth.sent;
  const { arrived, life, incidents, losses, flushInterval } = gateway;
  const last = how === 'certainly' ? due : Math.max(-1, ...flushes);
  const places = how === 'certainly' ? own.filter((place) => shows(place, 'reset')) : own;
  for (let flush = last; flush >= 0 && (arrived[flush]?.arrival ?? 0) >= since - 2 * flushInterval; flush--) {
    const [before, each] = [arrived[flush - 1], arrived[flush]];
    if (each === undefined) continue;
    const from = before?.cut ?? Number.NEGATIVE_INFINITY;
    const isIn = (time: number) => time > from && time <= each.cut;
    const hasOne = places.some((place) =>
      REJECTIONS.some((why) => life.rejected(place, why, from, each.cut) > 0),
    );
    if (!hasOne) continue;
    if (how === 'perhaps') return true;
    const isDisturbed =
      before === undefined ||
      truth.mayBeDropped(flush - 1) ||
      incidents.length > 0 ||
      losses.some((time) => time > each.cut || isIn(time)) ||
      each.arrival < since;
    if (!isDisturbed) return true;
  }
  return false;
}
