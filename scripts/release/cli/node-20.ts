// The built-in functions of newer Node that the sources use and Node 20 lacks. The bundle runs this first. tsconfig.json of
// this folder lists the libraries that are covered here.
import { X509Certificate } from 'node:crypto';

Map.groupBy ??= <K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

// The keys of `using`, by which esbuild finds them too.
for (const name of ['dispose', 'asyncDispose'] as const)
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });

AbortSignal.any ??= (signals) => {
  const any = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) any.abort(signal.reason);
    else signal.addEventListener('abort', () => any.abort(signal.reason), { once: true, signal: any.signal });
  }
  return any.signal;
};

Promise.withResolvers ??= <T>(): PromiseWithResolvers<T> => {
  let resolve: PromiseWithResolvers<T>['resolve'] = () => {};
  let reject: PromiseWithResolvers<T>['reject'] = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};

const DATES = { validFromDate: 'validFrom', validToDate: 'validTo' } as const;
for (const [name, text] of Object.entries(DATES))
  if (!(name in X509Certificate.prototype))
    Object.defineProperty(X509Certificate.prototype, name, {
      get(this: X509Certificate) {
        return new Date(this[text]);
      },
    });
