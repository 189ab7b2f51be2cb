{{/* Settings as the data of a ConfigMap: numbers without an exponent, in quotes. */}}
{{- define "activescale.data" -}}
{{- range $name, $value := . }}
{{- if kindIs "float64" $value }}
{{ $name }}: {{ $value | int64 | toString | quote }}
{{- else }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The settings of both services, as YAML. Those of .Values.settings have precedence. */}}
{{- define "activescale.commonSettings" -}}
{{- $valkey := .Values.valkey -}}
{{- $all := dict "VALKEY_ADDR" "valkey:6379" "VALKEY_USERNAME" "activescale" -}}
{{- $_ := set $all "VALKEY_PASSWORD_FILE" "/etc/activescale/valkey/password" -}}
{{- if eq $valkey.kind "cluster" -}}
{{- $_ := set $all "VALKEY_MODE" "cluster" -}}
{{- $_ := set $all "VALKEY_ADDR" (include "activescale.clusterNodes" (list 3 ":6379") | fromJsonArray | join ",") -}}
{{- if $valkey.cluster.tls -}}
{{- $_ := set $all "VALKEY_TLS" "true" -}}
{{- $_ := set $all "VALKEY_CA_FILE" "/etc/activescale/valkey-tls/ca.crt" -}}
{{- end -}}
{{- else if eq $valkey.kind "external" -}}
{{- $_ := set $all "VALKEY_ADDR" $valkey.external.address -}}
{{- with $valkey.external.username }}{{- $_ := set $all "VALKEY_USERNAME" . -}}{{- end -}}
{{- if $valkey.external.tls -}}
{{- $_ := set $all "VALKEY_TLS" "true" -}}
{{- if $valkey.external.ca -}}
{{- $_ := set $all "VALKEY_CA_FILE" "/etc/activescale/valkey/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.settings }}{{- $_ := set $all $name $value -}}{{- end -}}
{{- $all | toYaml -}}
{{- end }}

{{- define "activescale.ingestSettings" -}}
{{- $all := dict -}}
{{- if .Values.mtls.enabled -}}
{{- $_ := set $all "PEER_CHECK" "spiffe" -}}
{{- else if .Values.peerAddress -}}
{{- $_ := set $all "PEER_CHECK" "address" -}}
{{- end -}}
{{- range $name, $value := .Values.ingest.settings }}{{- $_ := set $all $name $value -}}{{- end -}}
{{- $all | toYaml -}}
{{- end }}

{{- define "activescale.apiSettings" -}}
{{- $all := dict -}}
{{- if .Values.peerAddress }}{{- $_ := set $all "VERIFY_POD_IP" "true" -}}{{- end -}}
{{- with include "activescale.serviceName" . }}{{- $_ := set $all "SERVICE_NAME" . -}}{{- end -}}
{{- if ne (int .Values.api.securePort) 6443 }}{{- $_ := set $all "SECURE_PORT" .Values.api.securePort -}}{{- end -}}
{{- if ne (int .Values.api.adminPort) 18080 }}{{- $_ := set $all "ADMIN_PORT" .Values.api.adminPort -}}{{- end -}}
{{- if .Values.externalMetrics.enabled }}{{- $_ := set $all "EXTERNAL_METRICS" "true" -}}{{- end -}}
{{- if .Values.api.metrics }}{{- $_ := set $all "METRICS_FILE" "/etc/activescale/metrics/metrics.yaml" -}}{{- end -}}
{{- if .Values.keda.enabled -}}
{{- $_ := set $all "KEDA_PORT" "9443" -}}
{{- if .Values.keda.mtls }}{{- $_ := set $all "KEDA_CLIENT_CA_FILE" "/etc/activescale/keda/ca.crt" -}}{{- end -}}
{{- end -}}
{{- range $side := list "custom" "external" -}}
{{- with get $.Values.fallThrough $side -}}
{{- if .enabled -}}
{{- $_ := set $all (printf "FALLTHROUGH_%s" (upper $side)) .service -}}
{{- $_ := set $all (printf "FALLTHROUGH_%s_CA_FILE" (upper $side)) (printf "/etc/activescale/fall-through-%s/ca.crt" $side) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.api.settings }}{{- $_ := set $all $name $value -}}{{- end -}}
{{- $all | toYaml -}}
{{- end }}

{{/* `<service>.<namespace>.svc`, if it is not api's default. */}}
{{- define "activescale.serviceName" -}}
{{- if ne .Release.Namespace "activescale" -}}
activescale-api.{{ .Release.Namespace }}.svc
{{- end -}}
{{- end }}

{{/* The first nodes of the Valkey Cluster, as JSON: (list COUNT SUFFIX). */}}
{{- define "activescale.clusterNodes" -}}
{{- $nodes := list -}}
{{- $suffix := last . -}}
{{- range $i := until (first .) }}{{- $nodes = append $nodes (printf "valkey-cluster-%d.valkey-cluster%s" $i $suffix) -}}{{- end -}}
{{- $nodes | toJson -}}
{{- end }}

{{/* A new pod template for new settings: Kubernetes does not restart pods when a ConfigMap changes. */}}
{{- define "activescale.checksum" -}}
checksum/settings: {{ . | sha256sum | trunc 16 }}
{{- end }}
