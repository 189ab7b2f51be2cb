import { readFile } from 'node:fs/promises';
import { builtInCatalogue, type Catalogue, type CatalogueFile, parseCatalogue } from '@activescale/metrics';

/** The served metrics, kept up to date. */
export interface CatalogueSource {
  /** A new object whenever the file has changed. */
  readonly current: Catalogue;
  /** Whether the current file is valid and served. */
  readonly valid: boolean;
  /** Calls the listener when `current` has changed. @returns removes it */
  onChange(listener: () => void): () => void;
  close(): void;
}

export interface CatalogueSourceOptions {
  /** undefined: the built-in catalogue, which never changes. */
  readonly file: CatalogueFile | undefined;
  onChange(): void;
  /** Called once for a file that changed and is invalid; the previous catalogue stays. */
  onProblems(problems: readonly string[]): void;
}

/**
 * Interval in which the file is compared, in ms: the symbolic links of a ConfigMap's volume cause no file
 * event.
 */
const LOOK_MS = 2_000;

/** @param options.file without problems */
export function startCatalogueSource({
  file,
  onChange,
  onProblems,
}: CatalogueSourceOptions): CatalogueSource {
  let current = file?.catalogue ?? builtInCatalogue;
  let valid = true;
  const listeners = new Set<() => void>();
  const addListener = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  if (file === undefined) return { current, valid, onChange: addListener, close() {} };
  let seen = file.text;
  const look = async (): Promise<void> => {
    let text = '';
    let problems: readonly string[];
    let catalogue = current;
    try {
      text = await readFile(file.path, 'utf8');
      if (text === seen) return;
      ({ catalogue, problems } = parseCatalogue(text));
    } catch (error) {
      text = String(error);
      if (text === seen) return;
      problems = [text];
    }
    seen = text;
    valid = problems.length === 0;
    if (!valid) return onProblems(problems);
    current = catalogue;
    onChange();
    for (const listener of listeners) listener();
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return {
    get current() {
      return current;
    },
    get valid() {
      return valid;
    },
    onChange: addListener,
    close: () => clearInterval(timer),
  };
}
