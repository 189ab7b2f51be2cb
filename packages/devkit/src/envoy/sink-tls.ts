import type { SinkTls } from './options.ts';

/** The transport socket of the sink's cluster, as Istio renders tlsSettings (istio pkg/bootstrap/option/convert.go). */
export function sinkTls(tls: SinkTls | undefined): object {
  if (tls === undefined) return {};
  const { ca, serverName, client } = tls;
  const context = {
    alpn_protocols: ['h2'],
    validation_context: {
      trusted_ca: { inline_string: ca },
      ...(serverName !== undefined && {
        match_typed_subject_alt_names: [
          { san_type: serverName.includes('://') ? 'URI' : 'DNS', matcher: { exact: serverName } },
        ],
      }),
    },
    ...(client !== undefined && {
      tls_certificates: [
        { certificate_chain: { inline_string: client.cert }, private_key: { inline_string: client.key } },
      ],
    }),
  };
  return {
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        common_tls_context: context,
      },
    },
  };
}
