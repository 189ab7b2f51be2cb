{{- define "activescale.privateKey" -}}
algorithm: ECDSA
size: 256
rotationPolicy: {{ . }}
{{- end }}

{{/* A CA by cert-manager and the Issuer that signs with it, both of one name: (list $ NAME NAMESPACE). */}}
{{- define "activescale.authority" -}}
{{- $root := first . -}}
{{- $name := index . 1 -}}
{{- $namespace := last . }}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: activescale-self-signed
  namespace: {{ $namespace }}
  labels:
    {{- include "activescale.partOf" $root | nindent 4 }}
  annotations:
    argocd.argoproj.io/sync-wave: "-2"
    argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true
spec:
  selfSigned: {}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "activescale.partOf" $root | nindent 4 }}
  annotations:
    argocd.argoproj.io/sync-wave: "-2"
    argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true
spec:
  secretName: {{ $name }}
  commonName: {{ $name }}
  isCA: true
  duration: 87600h # 10 years
  privateKey:
    # Keeps the key, so that the renewed CA also verifies earlier certificates.
    {{- include "activescale.privateKey" "Never" | nindent 4 }}
  issuerRef:
    name: activescale-self-signed
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "activescale.partOf" $root | nindent 4 }}
  annotations:
    argocd.argoproj.io/sync-wave: "-1"
    argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true
spec:
  ca:
    secretName: {{ $name }}
{{- end }}
