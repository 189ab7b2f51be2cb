/** The reply to TIME: seconds and microseconds as two bulk strings. No other reply to us looks like it. */
const TIME_REPLY = /\*2\r\n\$10\r\n(\d{10})\r\n(?=\$\d\r\n\d+\r\n)/g;

/** Replies of Valkey as a server would give them whose clock is `by` ms ahead, in whole seconds. */
export function stepTime(bytes: Buffer, by: number): Buffer {
  const text = bytes.toString('latin1');
  const stepped = text.replace(
    TIME_REPLY,
    (_, seconds) => `*2\r\n$10\r\n${Number(seconds) + by / 1_000}\r\n`,
  );
  return Buffer.from(stepped, 'latin1');
}
