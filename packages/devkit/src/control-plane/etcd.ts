import { join } from 'node:path';
import { start } from '../process/start.ts';
import { etcdBinary } from '../tools/control-plane-binaries.ts';

export interface Etcd extends AsyncDisposable {
  /** For --etcd-servers. */
  readonly url: string;
}

/** etcd alone in its cluster, with its data in `folder`, which need not survive a crash of the machine. */
export async function startEtcd(folder: string): Promise<Etcd> {
  const any = 'http://127.0.0.1:0';
  const args = [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${any}`,
    `--advertise-client-urls=${any}`,
    `--listen-peer-urls=${any}`,
    '--enable-grpc-gateway=false', // it would call the advertised address
    '--unsafe-no-fsync',
  ];
  const server = start({ command: await etcdBinary(), args, grace: 5_000 });
  const url = await server.line(clientUrl, 'it served clients');
  return { url, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

function clientUrl(line: string): string | undefined {
  const [, address] = /"serving client traffic.*"address":"([^"]+)"/.exec(line) ?? [];
  return address && `http://${address}`;
}
