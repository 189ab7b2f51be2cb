import { after } from 'node:test';
import { startValkey, type Valkey } from '@activescale/devkit';
import { Redis } from 'iovalkey';

/** A Valkey for all tests of a file, and a client that is independent of the store. Both end with the file. */
export async function startTestValkey(): Promise<{ readonly valkey: Valkey; readonly admin: Redis }> {
  const valkey = await startValkey();
  const admin = new Redis({ host: '127.0.0.1', port: valkey.port });
  after(async () => {
    admin.disconnect();
    await valkey.stop();
  });
  return { valkey, admin };
}
