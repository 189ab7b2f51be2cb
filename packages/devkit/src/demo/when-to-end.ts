/**
 * Aborts when the demo has to end: Ctrl-C, SIGTERM, the terminal is closed, or the process that started it is gone (npm,
 * for example, after SIGKILL).
 */
export function whenInterrupted(): AbortSignal {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 500).unref();
  return ending.signal;
}

/** How long the demo runs once it has started, by DEMO_SECONDS. */
export function demoSeconds({ DEMO_SECONDS: text }: NodeJS.ProcessEnv): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (Number(text) > 0) return Number(text);
  throw new Error(`DEMO_SECONDS=${JSON.stringify(text)}: expected a number of seconds above 0`);
}
