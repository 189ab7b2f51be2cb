/**
 * Aborts when the demo is to end: Ctrl-C, SIGTERM, the terminal is closed, DEMO_SECONDS are over, or the process
 * that started it is gone (npm, say, which was killed and could tell nobody).
 */
export function whenToEnd(env: NodeJS.ProcessEnv): AbortSignal {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

  const seconds = env.DEMO_SECONDS;
  if (seconds !== undefined) {
    if (!(Number(seconds) > 0)) throw new Error(`DEMO_SECONDS=${seconds}: a number of seconds above 0`);
    setTimeout(end, Number(seconds) * 1000).unref();
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 500).unref();
  return ending.signal;
}
