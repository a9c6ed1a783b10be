{{/* The image of the operator; a digest wins over a tag. */}}
{{- define "etcd-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* Arguments of the operator: what differs from its own defaults. */}}
{{- define "etcd-operator.args" -}}
{{- with .Values.watchNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.etcdImageRepository }}
- --etcd-image-repository={{ . }}
{{- end }}
{{- if ne .Values.log.level "info" }}
- --log-level={{ .Values.log.level }}
{{- end }}
{{- if ne .Values.log.format "json" }}
- --log-format={{ .Values.log.format }}
{{- end }}
{{- end -}}

{{/*
The end of the names of cluster-scoped objects. An operator of all namespaces has the plain names, so that a second one is refused;
operators of some namespaces have their own namespace in theirs.
*/}}
{{- define "etcd-operator.suffix" -}}
{{- if .Values.watchNamespaces }}:{{ .Release.Namespace }}{{ end -}}
{{- end -}}

{{/* What the schema can't say. Renders nothing. */}}
{{- define "etcd-operator.checks" -}}
{{- if not (or .Values.image.tag .Values.image.digest) }}
{{- fail "image.tag and image.digest are both empty: set one of them" }}
{{- end }}
{{- if and .Values.watchNamespaces (or .Values.rights.clusterReader .Values.userRoles.enabled) }}
{{- with lookup "rbac.authorization.k8s.io/v1" "ClusterRole" "" "etcd-operator.dev:operator" }}
{{- $annotations := .metadata.annotations | default dict }}
{{- $release := get $annotations "meta.helm.sh/release-name" }}
{{- $namespace := get $annotations "meta.helm.sh/release-namespace" }}
{{- if or (ne $release $.Release.Name) (ne $namespace $.Release.Namespace) }}
{{- fail (printf "an operator of all namespaces is installed already (%s): two operators would look after the EtcdClusters in %s. Give that one watchNamespaces, too, or uninstall it" (ternary "without Helm, or not by this chart" (printf "release %s in namespace %s" $release $namespace) (empty $release)) (join ", " $.Values.watchNamespaces)) }}
{{- end }}
{{- end }}
{{- else if not .Values.watchNamespaces }}
{{- range (lookup "rbac.authorization.k8s.io/v1" "ClusterRole" "" "").items }}
{{- if and (regexMatch "^etcd-operator\\.dev:(view|cluster-reader):" .metadata.name) (ne (last (splitList ":" .metadata.name)) $.Release.Namespace) }}
{{- fail (printf "an operator of some namespaces is installed in namespace %s: set watchNamespaces, to other namespaces than it watches, or uninstall it" (last (splitList ":" .metadata.name))) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
