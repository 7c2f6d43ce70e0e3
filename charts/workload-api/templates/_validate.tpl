{{/* What the schema cannot say: one sentence for each contradiction, all at once. Every install and upgrade runs it (csi-driver.yaml). */}}
{{- define "workload-api.validate" -}}
{{- $errors := list -}}
{{- $values := .Values -}}
{{- $errors = concat $errors (include "workload-api.refusals" . | fromJsonArray) -}}
{{- if not (has .Values.socket.directory .Values.webhook.protectedPaths) -}}
{{- $errors = append $errors (printf "socket.directory: %s is not among webhook.protectedPaths (%s), so any pod could mount it: set guard.protectedPaths of spiffe-webhook, then webhook.protectedPaths here" .Values.socket.directory (join ", " .Values.webhook.protectedPaths)) -}}
{{- end -}}
{{- if ne .Values.socket.file .Values.webhook.socketFile -}}
{{- $errors = append $errors (printf "socket.file: %s is not webhook.socketFile (%s), so no sidecar would find the socket: set inject.socketFile of spiffe-webhook, then webhook.socketFile here" .Values.socket.file .Values.webhook.socketFile) -}}
{{- end -}}
{{- if ne .Values.driver.name .Values.webhook.csiDriver -}}
{{- $errors = append $errors (printf "driver.name: %s is not webhook.csiDriver (%s), so no pod could mount the socket: set inject.csiDriver of spiffe-webhook, then webhook.csiDriver here" .Values.driver.name .Values.webhook.csiDriver) -}}
{{- end -}}
{{- if not (has .Values.driver.kubeletRoot .Values.webhook.kubeletRoots) -}}
{{- $errors = append $errors (printf "driver.kubeletRoot: %s is not among webhook.kubeletRoots (%s), so any pod could mount the sockets of others: set guard.kubeletRoots of spiffe-webhook, then webhook.kubeletRoots here" .Values.driver.kubeletRoot (join ", " .Values.webhook.kubeletRoots)) -}}
{{- end -}}
{{- if ne .Release.Namespace .Values.webhook.namespace -}}
{{- $errors = append $errors (printf "namespace: %s is not webhook.namespace (%s), so spiffe-webhook would refuse these pods: install there, or set workloadApi.namespace of spiffe-webhook, then webhook.namespace here" .Release.Namespace .Values.webhook.namespace) -}}
{{- end -}}
{{- if ne .Values.driver.serviceAccount .Values.webhook.driverServiceAccount -}}
{{- $errors = append $errors (printf "driver.serviceAccount: %s is not webhook.driverServiceAccount (%s), so spiffe-webhook would refuse the driver's pods: set workloadApi.driverServiceAccount of spiffe-webhook, then webhook.driverServiceAccount here" .Values.driver.serviceAccount .Values.webhook.driverServiceAccount) -}}
{{- end -}}
{{- if eq .Values.tbot.serviceAccount .Values.driver.serviceAccount -}}
{{- $errors = append $errors (printf "driver.serviceAccount: %s is tbot's already, so each would be exempt for the other's paths: use two" .Values.driver.serviceAccount) -}}
{{- end -}}
{{- if eq .Values.provider "tbot" -}}
{{- if not .Values.trustDomain -}}
{{- $errors = append $errors "trustDomain: provider tbot needs the name of the Teleport cluster, which is its trust domain" -}}
{{- end -}}
{{- if not .Values.tbot.proxyServer -}}
{{- $errors = append $errors "tbot.proxyServer: provider tbot needs the address of the Teleport Proxy Service, for example example.teleport.sh:443" -}}
{{- end -}}
{{- if ne .Values.tbot.serviceAccount .Values.webhook.agentServiceAccount -}}
{{- $errors = append $errors (printf "tbot.serviceAccount: %s is not webhook.agentServiceAccount (%s), so spiffe-webhook would refuse tbot's pods: set workloadApi.agentServiceAccount of spiffe-webhook, then webhook.agentServiceAccount here" .Values.tbot.serviceAccount .Values.webhook.agentServiceAccount) -}}
{{- end -}}
{{- $kubernetes := .Capabilities.KubeVersion.Version -}}
{{- if and (not .Values.tbot.nodesProxy) (semverCompare "<1.33.0-0" $kubernetes) -}}
{{- $errors = append $errors (printf "tbot.nodesProxy: kubelets know nodes/pods from 1.33 on, and this is %s, so tbot could not tell whose pod a process is: set it to true, update Kubernetes, or give helm template the right --kube-version" $kubernetes) -}}
{{- end -}}
{{- $version := regexFind "^v?[0-9]+[.][0-9]+[.][0-9]+" .Values.tbot.image.tag -}}
{{- if and .Values.tbot.nativeSidecars $version (not .Values.tbot.image.digest) (semverCompare "<18.11.0-0" $version) -}}
{{- $errors = append $errors (printf "tbot.image.tag: %s does not attest native sidecars, so each would wait 30 s for every certificate: use 18.11.0 or newer, or set tbot.nativeSidecars to false in a mesh without them" .Values.tbot.image.tag) -}}
{{- end -}}
{{- with .Values.tbot.kubelet -}}
{{- if and (eq .address "custom") (not .customAddress) -}}
{{- $errors = append $errors "tbot.kubelet.customAddress: address custom needs a host, for example $(NODE_NAME).nodes.example.com" -}}
{{- else if and .customAddress (ne .address "custom") -}}
{{- $errors = append $errors (printf "tbot.kubelet.customAddress: has no meaning with address %s: leave it empty, or set address to custom" .address) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tbot.checkKubelets (not .Values.tbot.nodesProxy) -}}
{{- $old := list -}}
{{- range (lookup "v1" "Node" "" "").items -}}
{{- $kubelet := regexFind "^v?[0-9]+[.][0-9]+[.][0-9]+" .status.nodeInfo.kubeletVersion -}}
{{- if and $kubelet (semverCompare "<1.33.0-0" $kubelet) -}}
{{- $old = append $old (printf "%s (%s)" .metadata.name .status.nodeInfo.kubeletVersion) -}}
{{- end -}}
{{- end -}}
{{- if $old -}}
{{- $errors = append $errors (printf "tbot.nodesProxy: these kubelets do not know the permission nodes/pods, which came with 1.33, so tbot could not ask them whose pod a process is: %s%s: upgrade them, or set tbot.nodesProxy to true" (join ", " (slice $old 0 (min 5 (len $old)))) (ternary (printf " and %d more" (sub (len $old) 5)) "" (gt (len $old) 5))) -}}
{{- end -}}
{{- end -}}
{{- $ttl := include "workload-api.minutes" .Values.tbot.credentialTTL | int -}}
{{- if gt $ttl 1440 -}}
{{- $errors = append $errors (printf "tbot.credentialTTL: %s is longer than the 24h that Teleport allows" .Values.tbot.credentialTTL) -}}
{{- end -}}
{{- if ge (include "workload-api.minutes" .Values.tbot.renewalInterval | int) $ttl -}}
{{- $errors = append $errors (printf "tbot.renewalInterval: %s is not below credentialTTL (%s), so SVIDs would expire before they are renewed" .Values.tbot.renewalInterval .Values.tbot.credentialTTL) -}}
{{- end -}}
{{- if ge (include "workload-api.minutes" .Values.tbot.renewalInterval | int) 720 -}}
{{- $errors = append $errors (printf "tbot.renewalInterval: %s is not below 12h, to which Teleport shortens tbot's own certificate, so tbot would be locked out before it renews: an SVID may still live up to 24h" .Values.tbot.renewalInterval) -}}
{{- end -}}
{{- if and .Values.tbot.kubelet.skipVerify .Values.tbot.kubelet.caConfigMap -}}
{{- $errors = append $errors "tbot.kubelet.caConfigMap: has no meaning with skipVerify: set one of the two" -}}
{{- end -}}
{{- with .Values.teleport.join -}}
{{- if and $values.teleport.render (eq .type "oidc") (not .issuer) -}}
{{- $errors = append $errors "teleport.join.issuer: join type oidc needs the issuer that kubectl get --raw /.well-known/openid-configuration shows" -}}
{{- end -}}
{{- if and $values.teleport.render (eq .type "static_jwks") (not .jwks) -}}
{{- $errors = append $errors "teleport.join.jwks: join type static_jwks needs the cluster's keys: kubectl get --raw /openid/v1/jwks > jwks.json, then --set-file teleport.join.jwks=jwks.json (--set cannot hold JSON)" -}}
{{- end -}}
{{- if and .issuer (ne .type "oidc") -}}
{{- $errors = append $errors (printf "teleport.join.issuer: has no meaning with type %s: leave it empty" .type) -}}
{{- end -}}
{{- if and .jwks (ne .type "static_jwks") -}}
{{- $errors = append $errors (printf "teleport.join.jwks: has no meaning with type %s: leave it empty" .type) -}}
{{- end -}}
{{- end -}}
{{- else if .Values.tbot.proxyServer -}}
{{- $errors = append $errors "tbot.proxyServer: has no meaning with provider external: leave it empty, or set provider to tbot" -}}
{{- end -}}
{{- if $errors -}}
{{- fail (printf "\n  %s" (join "\n  " $errors)) -}}
{{- end -}}
{{- end }}
