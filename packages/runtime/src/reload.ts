/** Something made from files, kept up to date. */
export interface Reloaded<T> {
  readonly current: T;
  close(): void;
}

export interface ReloadOptions<T> {
  /** Makes the next one; given what there is now, to tell whether anything has changed. */
  next(current: T | undefined): Promise<T>;
  same(a: T, b: T): boolean;
  /** @throws an error that names what is wrong with it */
  check(next: T): void;
  onChange(next: T): void;
  /** Told that files changed into something that cannot be used; the former one stays. */
  onError(error: unknown): void;
  /** Files are compared this often, in ms. */
  readonly everyMs?: number;
}

/** No file event comes for the symbolic links of a Secret's volume, so files are read and compared, in ms. */
const LOOK_MS = 2_000;

/** Rejects when there is nothing that can be used at the start. */
export async function startReload<T>(options: ReloadOptions<T>): Promise<Reloaded<T>> {
  const { next, same, check, onChange, onError, everyMs = LOOK_MS } = options;
  let current = await next(undefined);
  check(current);
  let failure: { readonly message: string; reported: boolean } | undefined;

  const look = async (): Promise<void> => {
    try {
      const found = await next(current);
      if (same(found, current)) {
        failure = undefined;
        return;
      }
      check(found);
      current = found;
      failure = undefined;
      onChange(found);
    } catch (error) {
      // Files change one after the other: a set that does not match yet is reported at the second look, and only then.
      const message = String(error);
      if (failure?.message !== message) {
        failure = { message, reported: false };
      } else if (!failure.reported) {
        failure.reported = true;
        onError(error);
      }
    }
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return {
    get current() {
      return current;
    },
    close: () => clearInterval(timer),
  };
}
