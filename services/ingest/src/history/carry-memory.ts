import type { Carry, ScopeCarry } from '@activescale/protocol/record';
import { ScopeList } from '../flush/scope-list.ts';
import { copyEstimator, type EstimatorMemory } from './estimator.ts';

/** A scope of a CarryMemory. */
export type ScopeMemory = {
  -readonly [Field in Exclude<keyof ScopeCarry, 'estimator'>]: ScopeCarry[Field];
} & {
  readonly estimator: EstimatorMemory;
};

/** A pod's carry whose objects are filled in anew with each flush: what lives on costs V8 more than what does not. */
export class CarryMemory implements Carry {
  timestamp = 0;
  flushLength = 0;
  uptime = 0;
  readonly #list = new ScopeList<ScopeMemory>();

  get scopes(): readonly ScopeMemory[] {
    return this.#list.all;
  }

  find(name: string, likely: number): ScopeMemory | undefined {
    return this.#list.find(name, likely);
  }

  /** The scope at a place, to be filled in. Then call `endScopes`. */
  scopeAt(index: number): ScopeMemory {
    const { all } = this.#list;
    if (index === all.length) all.push(emptyScope());
    return all[index] as ScopeMemory;
  }

  /** Only the first `count` scopes are filled in. */
  endScopes(count: number): void {
    const { all } = this.#list;
    while (all.length > count) all.pop();
    this.#list.changed();
  }

  copyFrom({ timestamp, flushLength, uptime, scopes }: Carry): void {
    this.timestamp = timestamp;
    this.flushLength = flushLength;
    this.uptime = uptime;
    for (const [index, scope] of scopes.entries()) copyScope(scope, this.scopeAt(index));
    this.endScopes(scopes.length);
  }
}

export function copyScope(scope: ScopeCarry, into: ScopeMemory): void {
  into.name = scope.name;
  into.active = scope.active;
  into.upgrades = scope.upgrades;
  into.started = scope.started;
  into.completed = scope.completed;
  into.errors = scope.errors;
  into.reset = scope.reset;
  copyEstimator(scope.estimator, into.estimator);
}

function emptyScope(): ScopeMemory {
  const estimator = { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [] };
  return { name: '', active: 0, upgrades: 0, started: 0, completed: 0, errors: 0, reset: 0, estimator };
}
