{{/* The APIServices of the chart, with their versionPriority, as YAML. */}}
{{- define "activescale.apiServices" -}}
v1beta2.custom.metrics.k8s.io: 200
v1beta1.custom.metrics.k8s.io: 100
{{- /* Records in Valkey for people's tools, such as activescale inspect. No HPA uses it. */}}
v1alpha1.activescale.io: 100
{{- if .Values.externalMetrics.enabled }}
v1beta1.external.metrics.k8s.io: 100
{{- end }}
{{- end }}

{{/* The ConfigMaps that api mounts, by the name of their volume, as YAML: each has the key ca.crt. */}}
{{- define "activescale.authorities" -}}
{{- if and .Values.keda.enabled .Values.keda.mtls }}
keda: activescale-keda-client-ca
{{- end }}
{{- range $side := list "custom" "external" }}
{{- if (get $.Values.fallThrough $side).enabled }}
fall-through-{{ $side }}: activescale-fall-through-{{ $side }}
{{- end }}
{{- end }}
{{- end }}

{{/* What api mounts beside its certificate. */}}
{{- define "activescale.apiMounts" -}}
{{ include "activescale.valkeyMounts" . }}
{{- range $volume, $_ := include "activescale.authorities" . | fromYaml }}
- name: {{ $volume }}
  mountPath: /etc/activescale/{{ $volume }}
  readOnly: true
{{- end }}
{{- if .Values.api.metrics }}
- name: metrics
  mountPath: /etc/activescale/metrics
  readOnly: true
{{- end }}
{{- end }}

{{- define "activescale.apiVolumes" -}}
{{ include "activescale.valkeyVolumes" . }}
{{- range $volume, $map := include "activescale.authorities" . | fromYaml }}
# The pod waits until the ConfigMap exists. A changed CA is loaded without a restart.
- name: {{ $volume }}
  configMap:
    name: {{ $map }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- if .Values.api.metrics }}
- name: metrics
  configMap:
    name: activescale-metrics
{{- end }}
{{- end }}
