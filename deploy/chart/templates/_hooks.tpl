{{/* The Secrets that jobs or cert-manager create for this release, by namespace, as JSON. */}}
{{- define "activescale.createdSecrets" -}}
{{- $names := list -}}
{{- if ne .Values.certificates.from "secret" }}{{- $names = concat $names (list "activescale-ca" "activescale-api-tls") -}}{{- end -}}
{{- if ne .Values.valkey.kind "external" }}{{- $names = concat $names (list "activescale-valkey" "valkey-access") -}}{{- end -}}
{{- if include "activescale.clusterTls" . }}{{- $names = append $names "valkey-cluster-tls" -}}{{- end -}}
{{- if and .Values.mtls.enabled .Values.mtls.issuer.name }}{{- $names = append $names "activescale-ingest-tls" -}}{{- end -}}
{{- $all := dict -}}
{{- /* A Role without names would be for every Secret. */ -}}
{{- if $names }}{{- $_ := set $all .Release.Namespace $names -}}{{- end -}}
{{- if and .Values.keda.enabled .Values.keda.mtls -}}
{{- $_ := set $all .Values.keda.namespace (list "activescale-client-ca" "activescale-client") -}}
{{- end -}}
{{- $all | toJson -}}
{{- end }}

{{/* Annotations of an object that exists only while `helm uninstall` runs: its weight. */}}
{{- define "activescale.removalHook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end }}
