/** A started part that must be closed. `close` may be called once. */
export interface Closable {
  close(): Promise<void> | void;
}

/**
 * The parts of a process in the order of their start. Unlike an AsyncDisposableStack it knows the names of those that are
 * open, for the log line of an overrun, and throws all errors as the logger prints them (pino omits what a SuppressedError
 * contains).
 */
export interface Parts {
  /** Registers a started part, and returns it. */
  add<T extends Closable>(name: string, part: T): T;
  /**
   * Closes the parts in reverse order. If one fails, the others are still closed, and all errors are thrown
   * together as an AggregateError. Idempotent.
   */
  close(): Promise<void>;
  /** Names of the open parts, in the order of closing. */
  open(): readonly string[];
}

export function createParts(): Parts {
  const parts: { readonly name: string; readonly part: Closable }[] = [];
  let closing: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let last = parts.at(-1); last !== undefined; last = parts.at(-1)) {
      try {
        await last.part.close();
      } catch (cause) {
        errors.push(new Error(`closing ${last.name} failed`, { cause }));
      }
      parts.pop();
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some parts could not be closed');
  };

  return {
    add(name, part) {
      parts.push({ name, part });
      return part;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
    open: () => parts.map(({ name }) => name).toReversed(),
  };
}
