import type { SettingsReader } from './reader.ts';

/** How to speak TLS to a server. Names of files in PEM. */
export interface TlsSettings {
  /** Authorities of the server's certificate; the public ones if absent. */
  readonly caFile?: string;
  /** The client certificate. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Skip verification of the server's certificate. */
  readonly insecure: boolean;
}

export interface TlsSettingsOptions {
  /** Prefix of the names: `<prefix>_TLS`, `<prefix>_CA_FILE` and so on. */
  readonly prefix: string;
  /** Prefix of the older names of three of them. */
  readonly also?: string;
  readonly help: Readonly<Record<'on' | 'caFile' | 'insecure' | 'certFile' | 'keyFile', string>>;
  /** The settings to use for those that are not set. undefined: plaintext. */
  readonly inherited?: { readonly prefix: string; readonly tls: TlsSettings | undefined };
}

/** undefined: plaintext. */
export function tlsSettings(read: SettingsReader, options: TlsSettingsOptions): TlsSettings | undefined {
  const { prefix, also, help, inherited } = options;
  const name = (suffix: string) => `${prefix}_${suffix}`;
  const older = (suffix: string) => (also === undefined ? {} : { also: `${also}_${suffix}` });
  const unset = (suffix: string, otherwise?: string) => {
    const text = inherited === undefined ? otherwise : `${inherited.prefix}_${suffix}`;
    return text === undefined ? {} : { unset: text };
  };
  const on = read.boolean(name('TLS'), {
    default: inherited?.tls !== undefined,
    ...older('TLS'),
    ...unset('TLS'),
    help: help.on,
  });
  const caFile = read.file(name('CA_FILE'), {
    ...older('CA_FILE'),
    ...unset('CA_FILE', 'the public CAs'),
    help: help.caFile,
  });
  const insecure = read.boolean(name('TLS_INSECURE'), {
    default: inherited?.tls?.insecure ?? false,
    ...older('TLS_INSECURE'),
    ...unset('TLS_INSECURE'),
    help: help.insecure,
  });
  const certFile = read.file(name('CERT_FILE'), { ...unset('CERT_FILE'), help: help.certFile });
  const keyFile = read.file(name('KEY_FILE'), { ...unset('KEY_FILE'), help: help.keyFile });
  if (certFile !== undefined && keyFile === undefined) {
    read.problem(name('CERT_FILE'), certFile, `needs ${name('KEY_FILE')}`);
  }
  if (keyFile !== undefined && certFile === undefined) {
    read.problem(name('KEY_FILE'), keyFile, `needs ${name('CERT_FILE')}`);
  }
  if (on) {
    const authority = caFile ?? inherited?.tls?.caFile;
    const own = certFile === undefined && keyFile === undefined ? inherited?.tls : { certFile, keyFile };
    return {
      insecure,
      ...(authority === undefined ? {} : { caFile: authority }),
      ...(own?.certFile === undefined ? {} : { certFile: own.certFile }),
      ...(own?.keyFile === undefined ? {} : { keyFile: own.keyFile }),
    };
  }
  // A forgotten setting must not send the password in plaintext.
  const needsTls = { CA_FILE: caFile, CERT_FILE: certFile, KEY_FILE: keyFile };
  const why = `has no effect without ${name('TLS')}=true`;
  for (const [suffix, value] of Object.entries(needsTls)) {
    if (value !== undefined) read.problem(name(suffix), value, why);
  }
  if (insecure && !inherited?.tls?.insecure) read.problem(name('TLS_INSECURE'), 'true', why);
  return undefined;
}
