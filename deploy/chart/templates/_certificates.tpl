{{/* The arguments of the task that sets the caBundle of our APIServices. */}}
{{- define "activescale.caBundleArgs" -}}
- ca-bundle
- v1beta2.custom.metrics.k8s.io
- v1beta1.custom.metrics.k8s.io
- v1alpha1.activescale.io
- --if-ours
- v1beta1.external.metrics.k8s.io
{{- end }}
