import { appended } from '../exact-array.ts';

/** Above this number an index finds them: a client may name 100,000. */
const FEW = 16;

/** The values of a pod's scopes in the order in which Envoy sends them, which is nearly always the same. */
export class ScopeList<S extends { readonly name: string }> {
  #all: readonly S[];
  /** `#all` is this list's own, and may be added to. */
  #own: S[] | undefined;
  #index: Map<string, S> | undefined;

  constructor(all: readonly S[] = []) {
    this.#all = all;
  }

  get all(): readonly S[] {
    return this.#all;
  }

  /** @param likely its previous position, from 0 */
  find(name: string, likely: number): S | undefined {
    const all = this.#all;
    const { length } = all;
    if (likely < length) {
      const guess = all[likely] as S;
      if (guess.name === name) return guess;
    }
    if (length > FEW) {
      this.#index ??= new Map(all.map((scope) => [scope.name, scope]));
      return this.#index.get(name);
    }
    for (let i = 0; i < length; i++) {
      const scope = all[i] as S;
      if (scope.name === name) return scope;
    }
    return undefined;
  }

  /** Adds a new one. */
  add(scope: S): void {
    // Nearly all lists have one.
    if (this.#own === undefined) {
      this.#own = appended(this.#all, scope);
      this.#all = this.#own;
    } else this.#own.push(scope);
    this.#index?.set(scope.name, scope);
  }
}
