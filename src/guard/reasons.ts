/**
 * Why the guard refuses or warns: the same word in warning, audit annotation, log, metric, command line, policy
 * and documentation. The sentence says what it means.
 */
export const guardReasons = {
  HostPathReachesSocket: 'A host path is, holds or lies in a directory of the Workload API socket.',
  HostPathReachesKubelet:
    'A host path shows the kubelet folder where other pods have the socket mounted.',
  HostPathReachesCsiDriver:
    'A host path shows the socket of the CSI driver, or the folder where a false driver could register.',
  HostPathReachesProc:
    'A host path shows links of /proc or /dev that lead into the file system of any process.',
  HostPathUnusable:
    'A host path is missing, relative, or holds .. or control characters, so it means what the runtime makes of it.',
  HostPathNotAllowed: 'Strict mode: the host path is not on the list of allowed ones.',
  CsiDriverDenied: 'An inline volume names a CSI driver that hands out another agent socket.',
  NriMountReachesSocket: 'An NRI annotation mounts a host path that leads to the socket.',
  NotOnWorkloadApi: 'The final pod has an istio-proxy that is not on the csi.spiffe.io socket.',
  EphemeralContainerInExemptPod:
    'An ephemeral container joins a pod whose host paths are exempt; the exemption is not for it.',
  AmbiguousKey: 'A volume has a key that programs read in different ways.',
  TooManyFindings: 'The object has more findings than the guard keeps, so it is refused whole.',
  UnknownKind: 'The guard does not know this kind, so it cannot say that it is harmless.',
  Malformed: 'The object is not what Kubernetes would send.',
  CsiVolumeWritable: 'A csi.spiffe.io volume is not readOnly; the driver will refuse it.',
  ContainerRuntimeSocket:
    'A host path shows a container runtime socket, which is root on the node.',
  NodeCodeVolume: 'A flexVolume or gitRepo runs code on the node.',
  NriAnnotationUnreadable:
    'An NRI mount annotation is not plain YAML, so two readers could read two things in it.',
  IstioUserVolume:
    'An annotation makes Istio add a host path to the pod; the final pod will be refused.',
  NodePrivilege:
    'The pod asks for node privileges that lead around every mount rule: Pod Security baseline forbids them.',
  StorageClassPath: 'A StorageClass makes volumes on a path that leads to the socket.',
  OptedOut: 'The pod opts out of the Workload API by label, so its proxy stays with istiod.',
  ProxylessGrpc: 'Proxyless gRPC cannot use the Workload API socket, so the pod stays with istiod.',
  MirrorPod: 'A mirror pod of a static pod: refusing it would not stop the pod, so it is recorded.'
} as const

/** One word of the closed list. */
export type GuardReason = keyof typeof guardReasons
