/** https://valkey.io/topics/cluster-spec/ */
const HASH_SLOTS = 16_384;
/** CRC-16/XMODEM. */
const POLYNOMIAL = 0x1021;

/**
 * The hash slot of a key: of the text between its first `{` and the next `}`, or of the whole key if there is
 * nothing between them.
 */
export function hashSlot(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open);
  return crc16(Buffer.from(close > open + 1 ? key.slice(open + 1, close) : key)) % HASH_SLOTS;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff;
  }
  return crc;
}
