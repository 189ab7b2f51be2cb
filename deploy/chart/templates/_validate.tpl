{{/* Values that contradict each other: what the schema cannot express. Each message names the values and the remedy. */}}
{{- define "activescale.validate" -}}
{{- $v := .Values -}}
{{- if and $v.mtls.enabled $v.peerAddress -}}
{{- fail "mtls.enabled and peerAddress are both true: each identifies the pods that push; set one of them to false" -}}
{{- end -}}
{{- if and $v.keda.mtls (not $v.keda.enabled) -}}
{{- fail "keda.mtls is true, but keda.enabled is false: set keda.enabled=true" -}}
{{- end -}}
{{- if and $v.fallThrough.external.enabled (not $v.externalMetrics.enabled) -}}
{{- fail "fallThrough.external.enabled is true, but externalMetrics.enabled is false: set externalMetrics.enabled=true" -}}
{{- end -}}
{{- if and (include "activescale.clusterTls" .) (ne $v.certificates.from "cert-manager") -}}
{{- fail (printf "valkey.cluster.tls needs certificates.from=cert-manager, which is %s: set it, or valkey.cluster.tls=false" $v.certificates.from) -}}
{{- end -}}
{{- if and (eq $v.valkey.kind "external") (not $v.valkey.external.address) -}}
{{- fail "valkey.kind is external, but valkey.external.address is empty: set it to host:port" -}}
{{- end -}}
{{- if and (ne $v.certificates.from "secret") $v.certificates.caBundle -}}
{{- fail (printf "certificates.caBundle is only for certificates.from=secret, which is %s: %s sets the caBundle" $v.certificates.from $v.certificates.from) -}}
{{- end -}}
{{- if and (eq $v.certificates.from "secret") (not $v.certificates.caBundle) -}}
{{- fail "certificates.from is secret, but certificates.caBundle is empty: set it to the CA of the Secret activescale-api-tls, as PEM (--set-file)" -}}
{{- end -}}
{{- range $service := list "ingest" "api" -}}
{{- with (get $v $service).replicas -}}
{{- if gt (int .min) (int .max) -}}
{{- fail (printf "%s.replicas.min is %d, above %s.replicas.max, which is %d" $service (int .min) $service (int .max)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
