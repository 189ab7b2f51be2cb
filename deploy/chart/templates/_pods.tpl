{{/* The reference of an image, by its digest if there is one: (list $ NAME), a key of .Values.images. */}}
{{- define "activescale.image" -}}
{{- $root := first . -}}
{{- $image := get $root.Values.images (last .) -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* What every pod has of .Values.images. */}}
{{- define "activescale.pullSecrets" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "activescale.pullPolicy" -}}
{{- with .Values.images.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{/*
The security context of a pod: (dict "root" $ "fsGroup" BOOL "user" BOOL). OpenShift's SCC restricted-v2 assigns the ids
and refuses any other:
https://github.com/openshift/cluster-kube-apiserver-operator/blob/master/bindata/bootkube/scc-manifests/0000_20_kube-apiserver-operator_00_scc-restricted-v2.yaml
*/}}
{{- define "activescale.podSecurity" -}}
runAsNonRoot: true
{{- if not .root.Values.openshift }}
{{- if .fsGroup }}
fsGroup: 65532
{{- end }}
{{- if .user }}
runAsUser: 65532
runAsGroup: 65532
{{- end }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "activescale.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Where the pods of a service or of Valkey run: nodeSelector, tolerations, affinity and priorityClassName of its values. */}}
{{- define "activescale.scheduling" -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $ $key }}
{{ $key }}: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Spreads the pods of a service over zones and nodes: (list COMPONENT WHEN-UNSATISFIABLE-FOR-ZONES). */}}
{{- define "activescale.spread" -}}
{{- $component := first . -}}
{{- range list (list "topology.kubernetes.io/zone" (last .)) (list "kubernetes.io/hostname" "ScheduleAnyway") }}
- maxSkew: 1
  topologyKey: {{ first . }}
  whenUnsatisfiable: {{ last . }}
  labelSelector:
    matchLabels:
      {{- include "activescale.selector" (list "activescale" $component) | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{/* Probes and the end of a service's container. */}}
{{- define "activescale.probes" -}}
startupProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
lifecycle:
  preStop:
    # Wait until the endpoint is removed everywhere, so that nothing new reaches a terminating pod.
    sleep:
      seconds: 5
{{- end }}

{{/* A container that runs a task of api's image: (list $ NAME ARGS). */}}
{{- define "activescale.task" -}}
{{- $root := first . -}}
name: {{ index . 1 }}
image: {{ include "activescale.image" (list $root "api") }}
{{- include "activescale.pullPolicy" $root }}
command: [node, services/api/src/self-signed/main.ts]
args:
  {{- toYaml (last .) | nindent 2 }}
{{- with include "activescale.taskEnv" (list $root (index . 1)) }}
env:
  {{- . | nindent 2 }}
{{- end }}
resources:
  requests:
    cpu: 50m
    memory: 128Mi
  limits:
    cpu: "1"
    memory: 256Mi
securityContext:
  {{- include "activescale.containerSecurity" . | nindent 2 }}
{{- end }}

{{- define "activescale.taskEnv" -}}
{{- $root := first . -}}
{{- if eq (last .) "valkey-access" }}
# The prefix of the keys that the users may use.
- name: KEY_PREFIX
  value: {{ $root.Values.settings.KEY_PREFIX | default "activescale" | quote }}
{{- end }}
{{- with include "activescale.serviceName" $root }}
- name: SERVICE_NAME
  value: {{ . }}
{{- end }}
{{- end }}

{{/* The template of a Job's pod: (list $ COMPONENT NAME ARGS). */}}
{{- define "activescale.taskPod" -}}
{{- $root := first . -}}
{{- $component := index . 1 -}}
metadata:
  labels:
    {{- include "activescale.podLabels" (list "activescale" $component) | nindent 4 }}
    sidecar.istio.io/inject: "false"
spec:
  serviceAccountName: activescale-{{ $component }}
  {{- include "activescale.pullSecrets" $root | nindent 2 }}
  enableServiceLinks: false
  restartPolicy: OnFailure
  securityContext:
    {{- include "activescale.podSecurity" (dict "root" $root) | nindent 4 }}
  containers:
    - {{- include "activescale.task" (list $root (index . 2) (last .)) | nindent 6 }}
{{- end }}
