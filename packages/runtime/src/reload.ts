/** An object built from files and kept up to date. */
export interface Reloaded<T> {
  readonly current: T;
  close(): void;
}

export interface ReloadOptions<T> {
  /** Builds the next one from the current one, to detect changes. */
  next(current: T | undefined): Promise<T>;
  same(a: T, b: T): boolean;
  /** @throws an error that names the problem */
  check(next: T): void;
  onChange(next: T): void;
  /** Called if files change and become invalid; the current object stays. */
  onError(error: unknown): void;
  /** Interval in which files are compared, in ms. */
  readonly everyMs?: number;
}

/** The symbolic links of a Secret's volume cause no file event, so files are read and compared, in ms. */
const LOOK_MS = 2_000;

/** Rejects if the files are invalid at the start. */
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
      // Files change one after the other: a set that does not match yet is reported at the second comparison
      // only.
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
