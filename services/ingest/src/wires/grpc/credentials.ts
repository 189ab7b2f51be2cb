import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Closable, startReload } from '@activescale/runtime';
import { experimental, ServerCredentials } from '@grpc/grpc-js';

/** Files of the gRPC port's TLS, PEM. */
export interface GrpcTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of the clients; undefined: no certificate is asked of them. */
  readonly clientCaFile: string | undefined;
}

export interface GrpcCredentials extends Closable {
  readonly credentials: ServerCredentials;
  /** When the certificate ends, ms since the epoch; undefined: plaintext. */
  ends(): number | undefined;
}

interface Material {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
}

export interface GrpcTlsEvents {
  /** The files have changed: new connections get what is in them now, open ones go on. */
  replaced(): void;
  /** The files have changed into something that cannot be served; the former certificate stays. */
  failed(error: unknown): void;
}

/** Plaintext without files. Rejects where the files hold nothing that can be served. */
export async function grpcCredentials(
  files: GrpcTlsFiles | undefined,
  events: GrpcTlsEvents,
): Promise<GrpcCredentials> {
  if (files === undefined)
    return { credentials: ServerCredentials.createInsecure(), ends: () => undefined, close() {} };
  const tell = { identity: new Set<Listener>(), ca: new Set<Listener>() };
  const source = await startReload<Material>({
    next: () => readMaterial(files),
    same: (a, b) => a.cert.equals(b.cert) && a.key.equals(b.key) && sameCa(a, b),
    check: assertUsable,
    onChange() {
      for (const listener of [...tell.ca, ...tell.identity]) listener();
      events.replaced();
    },
    onError: events.failed,
  });
  const provider = createProvider(() => source.current, tell);
  const mutual = files.clientCaFile !== undefined;
  return {
    credentials: experimental.createCertificateProviderServerCredentials(
      provider,
      mutual ? provider : null,
      mutual,
    ),
    ends: () => new X509Certificate(source.current.cert).validToDate.getTime(),
    close: source.close,
  };
}

type Listener = () => void;

/** What grpc-js asks for certificates. A listener hears of the present ones too, once its server is there. */
function createProvider(
  current: () => Material,
  tell: { readonly identity: Set<Listener>; readonly ca: Set<Listener> },
): experimental.CertificateProvider {
  const told = new Map<unknown, Listener>();
  const add = (kind: Set<Listener>, key: unknown, listener: Listener) => {
    told.set(key, listener);
    kind.add(listener);
    queueMicrotask(listener);
  };
  const remove = (kind: Set<Listener>, key: unknown) => {
    const listener = told.get(key);
    if (listener !== undefined) kind.delete(listener);
    told.delete(key);
  };
  return {
    addIdentityCertificateListener(listener) {
      add(tell.identity, listener, () =>
        listener({ certificate: current().cert, privateKey: current().key }),
      );
    },
    removeIdentityCertificateListener: (listener) => remove(tell.identity, listener),
    addCaCertificateListener(listener) {
      add(tell.ca, listener, () => listener({ caCertificate: current().clientCa ?? Buffer.alloc(0) }));
    },
    removeCaCertificateListener: (listener) => remove(tell.ca, listener),
  };
}

async function readMaterial({ certFile, keyFile, clientCaFile }: GrpcTlsFiles): Promise<Material> {
  const [cert, key, clientCa] = await Promise.all([
    readFile(certFile),
    readFile(keyFile),
    clientCaFile === undefined ? undefined : readFile(clientCaFile),
  ]);
  return { cert, key, clientCa };
}

function assertUsable({ cert, key, clientCa }: Material): void {
  const certificate = parsed('GRPC_TLS_CERT_FILE', () => new X509Certificate(cert));
  const privateKey = parsed('GRPC_TLS_KEY_FILE', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error('the key in GRPC_TLS_KEY_FILE is not that of the certificate in GRPC_TLS_CERT_FILE');
  }
  if (clientCa !== undefined) parsed('GRPC_TLS_CLIENT_CA_FILE', () => new X509Certificate(clientCa));
}

function parsed<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`the file in ${variable} cannot be used: ${String(cause)}`, { cause });
  }
}

function sameCa({ clientCa: a }: Material, { clientCa: b }: Material): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}
