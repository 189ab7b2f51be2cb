/** Between two attempts, in ms. */
const RETRY_MS = 2_000;

/**
 * @typedef {object} StreamHandlers
 * @property {(data: any) => void} onData
 * @property {() => void} onLost the server does not answer, and is asked again
 * @property {(status: number, why: string) => void} onRefused it answers with an error, and is asked again unless this is 401
 */

/**
 * Reads server-sent events until it is closed, and reconnects. Not an EventSource, which cannot send a header.
 * @param {string} path
 * @param {string} token
 * @param {StreamHandlers} handlers
 * @returns {() => void} closes it
 */
export function openStream(path, token, { onData, onLost, onRefused }) {
  const closed = new AbortController();
  const { signal } = closed;
  const read = async () => {
    const response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
    if (!response.ok || response.body === null) {
      const why = (await response.text()).trim();
      if (signal.aborted) return;
      if (response.status === 401) closed.abort();
      return onRefused(response.status, why);
    }
    const texts = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (let part = await texts.read(); !part.done; part = await texts.read()) {
      const events = (rest + part.value).split('\n\n');
      rest = events.pop() ?? '';
      // Only the newest counts.
      const last = events.at(-1);
      if (last?.startsWith('data: ') && !signal.aborted) onData(JSON.parse(last.slice('data: '.length)));
    }
    onLost();
  };
  const follow = async () => {
    while (!signal.aborted) {
      await read().catch((error) => {
        if (!signal.aborted) onLost();
        if (error instanceof SyntaxError) throw error;
      });
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  void follow();
  return () => closed.abort();
}
