/** Asks a process that runs with `--inspect=127.0.0.1:0` for its heap once all garbage is gone. In bytes. */
export async function heapInUse(url: string): Promise<number> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${url}`)), { once: true });
  });
  let id = 0;
  const call = (method: string) =>
    new Promise<Record<string, number>>((resolve) => {
      const mine = ++id;
      const listener = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data));
        if (answer.id !== mine) return;
        socket.removeEventListener('message', listener);
        resolve(answer.result);
      };
      socket.addEventListener('message', listener);
      socket.send(JSON.stringify({ id: mine, method }));
    });
  try {
    await call('HeapProfiler.collectGarbage');
    const { usedSize = Number.NaN } = await call('Runtime.getHeapUsage');
    return usedSize;
  } finally {
    socket.close();
  }
}
