import type { Http2SecureServer, SecureServerOptions } from 'node:http2';
import type { Certificate } from './x509.ts';

/** What the server shows of itself, and whose certificates it asks for; both may change while it runs. */
export interface ServingTls {
  /** What a server starts with. */
  options(): SecureServerOptions;
  /** From now on the server gets each change. Open connections are not affected. */
  attach(server: Pick<Http2SecureServer, 'setSecureContext'>): void;
  setCertificate(certificate: Certificate): void;
  /** PEM of the CAs that the server names when it asks for a certificate. Whether one is good is decided elsewhere. */
  setClientCas(pem: string): void;
}

/** Node's 120 s are for the slowest of clients; kube-apiserver is near. In ms. */
const HANDSHAKE_MS = 10_000;

export function createServingTls(first: Certificate): ServingTls {
  let certificate = first;
  let clientCas = '';
  let attached: Pick<Http2SecureServer, 'setSecureContext'> | undefined;
  const context = () => ({
    cert: certificate.cert,
    key: certificate.key,
    minVersion: 'TLSv1.2' as const,
    // Without any CA, Node would name those of the public: then rather none is named.
    ca: clientCas === '' ? [] : [clientCas],
  });
  const changed = (): void => attached?.setSecureContext(context());
  return {
    // A client's certificate is asked for, not required, and not judged here: whose CA it is of decides what it means.
    options: () => ({
      ...context(),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
    }),
    attach(server) {
      attached = server;
      changed();
    },
    setCertificate(next) {
      certificate = next;
      changed();
    },
    setClientCas(pem) {
      clientCas = pem;
      changed();
    },
  };
}
