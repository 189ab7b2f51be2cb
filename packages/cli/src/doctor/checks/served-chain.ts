import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

/** An address that cannot be reached from here is not a finding. In ms. */
const PATIENCE_MS = 2_000;
/** Chains are short. */
const MAX_CHAIN = 8;

/** The certificates that a TLS server presents, the leaf first; undefined: it cannot be reached from here. */
export function servedChain(
  host: string,
  port: number,
  servername: string,
): Promise<readonly X509Certificate[] | undefined> {
  return new Promise((resolve) => {
    // Accepts any certificate, because the check judges it.
    const socket = connect({ host, port, servername, rejectUnauthorized: false }, () => {
      const chain: X509Certificate[] = [];
      let certificate = socket.getPeerX509Certificate();
      while (certificate !== undefined && chain.length < MAX_CHAIN) {
        chain.push(certificate);
        const issuer: X509Certificate | undefined = certificate.issuerCertificate;
        certificate = issuer?.fingerprint256 === certificate.fingerprint256 ? undefined : issuer;
      }
      finish(chain);
    });
    const finish = (chain: readonly X509Certificate[] | undefined): void => {
      resolve(chain);
      socket.destroy();
    };
    socket.setTimeout(PATIENCE_MS, () => finish(undefined));
    socket.on('error', () => finish(undefined));
  });
}
