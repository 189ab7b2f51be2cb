/** With more it takes an index to find one: a rogue may name 100,000. */
const FEW = 16;

/** What is known of each of a pod's scopes, in the order in which Envoy sends them, nearly always the same. */
export class ScopeList<S extends { readonly name: string }> {
  readonly #all: S[];
  #index: Map<string, S> | undefined;

  constructor(all: readonly S[] = []) {
    this.#all = [...all];
  }

  get all(): readonly S[] {
    return this.#all;
  }

  /** @param likely where it was found before: a place from 0 on */
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

  /** Adds one that is not there. */
  add(scope: S): void {
    this.#all.push(scope);
    this.#index?.set(scope.name, scope);
  }
}
