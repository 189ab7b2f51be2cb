{{/* Egress to DNS. 5353: a policy applies to the port of the pod, and OpenShift's DNS pods listen there. */}}
{{- define "activescale.dnsEgress" -}}
- to:
    - namespaceSelector:
        matchExpressions:
          - key: kubernetes.io/metadata.name
            operator: In
            values: [kube-system, openshift-dns]
    # NodeLocal DNSCache and others: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
    {{- range .Values.networkPolicies.dnsCidrs }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
    - port: 5353
      protocol: UDP
    - port: 5353
      protocol: TCP
{{- end }}

{{/* Egress to kube-apiserver, which a policy cannot select: the port of its Service, and its target port. */}}
{{- define "activescale.apiserverEgress" -}}
- ports:
    {{- range .Values.networkPolicies.apiserverPorts }}
    - port: {{ . }}
    {{- end }}
{{- end }}

{{/* The address families of a Service. */}}
{{- define "activescale.ipFamilies" -}}
{{- with .Values.services.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.services.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
