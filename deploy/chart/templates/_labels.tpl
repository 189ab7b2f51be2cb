{{/* Labels of an object: (list $ NAME COMPONENT). */}}
{{- define "activescale.labels" -}}
{{ include "activescale.podLabels" (rest .) }}
{{ include "activescale.chartLabels" (first .) }}
{{- end }}

{{/* Labels by which Helm's objects are recognized. */}}
{{- define "activescale.chartLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Labels of the pods of a component, without the chart's version, which would restart them: (list NAME COMPONENT). */}}
{{- define "activescale.podLabels" -}}
{{ include "activescale.selector" . }}
app.kubernetes.io/part-of: activescale
{{- end }}

{{/* Labels that select the pods of a component: (list NAME COMPONENT). An empty component selects all of a name. */}}
{{- define "activescale.selector" -}}
app.kubernetes.io/name: {{ index . 0 }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Selects the pods of ingest and api. */}}
{{- define "activescale.services" -}}
matchLabels:
  app.kubernetes.io/name: activescale
matchExpressions:
  - key: app.kubernetes.io/component
    operator: In
    values: [ingest, api]
{{- end }}

{{/* Labels of an object that no component owns. */}}
{{- define "activescale.partOf" -}}
app.kubernetes.io/part-of: activescale
{{ include "activescale.chartLabels" . }}
{{- end }}
