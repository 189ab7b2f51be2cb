import { constants, getPriority, setPriority } from 'node:os';

/**
 * Gives this process a lower priority than those that started it: in a cluster, an attacker does not compete with its victims for
 * the CPU. Relative to theirs, so that it can be higher than that of other work on the machine, as theirs can.
 */
export function lowerPriority(): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  setPriority(Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
}
