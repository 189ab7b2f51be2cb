{{/* What both services mount of Valkey's password and certificates. */}}
{{- define "activescale.valkeyMounts" -}}
- name: valkey
  mountPath: /etc/activescale/valkey
  readOnly: true
{{- if include "activescale.clusterTls" . }}
- name: valkey-tls
  mountPath: /etc/activescale/valkey-tls
  readOnly: true
{{- end }}
{{- end }}

{{- define "activescale.valkeyVolumes" -}}
# The pod waits until the Secret exists. A changed password is used at the next connect.
- name: valkey
  secret:
    secretName: activescale-valkey
    defaultMode: 0440
{{- if include "activescale.clusterTls" . }}
- name: valkey-tls
  secret:
    secretName: valkey-cluster-tls
    defaultMode: 0440
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- end }}

{{/* "true", if the nodes of our Valkey Cluster use TLS. */}}
{{- define "activescale.clusterTls" -}}
{{- if and (eq .Values.valkey.kind "cluster") .Values.valkey.cluster.tls }}true{{ end -}}
{{- end }}

{{/* The configuration and the scripts of a node of the cluster, as the data of a ConfigMap. */}}
{{- define "activescale.clusterFiles" -}}
{{- range $path, $_ := .Files.Glob "files/valkey-cluster/*" }}
{{ base $path }}: |
  {{- $.Files.Get $path | replace "maxmemory 192mb" (printf "maxmemory %s" $.Values.valkey.maxmemory) | nindent 2 }}
{{- end }}
{{- end }}

{{- define "activescale.clusterTlsMount" -}}
{{- if include "activescale.clusterTls" . }}
- name: tls
  mountPath: /etc/valkey-tls
  readOnly: true
{{- end }}
{{- end }}

{{/* How a node's scripts connect to it. */}}
{{- define "activescale.cliTls" -}}
{{- if include "activescale.clusterTls" . }}
- name: VALKEY_CLI_TLS
  value: --tls --cacert /etc/valkey-tls/ca.crt
{{- end }}
{{- end }}
