import { join } from 'node:path'
import { pauseImage } from './image-recipes.ts'
import { clusterDomain, dnsIp, type NodeLayout, podRange } from './layout.ts'

type Certificate = Readonly<{ certificate: string; key: string; authority: string }>

/**
 * Everything below the node's own folders, so that several containerds share a machine.
 * Without CAP_SYS_RESOURCE nobody may lower an OOM score: runc would fail with "can't get final child's PID from pipe".
 */
export function containerdConfig(node: NodeLayout, mayLowerOomScore: boolean): string {
  return `version = 2
root = "${join(node.dir, 'containerd')}"
state = "${join(node.runDir, 'containerd')}"
oom_score = 0

[grpc]
  address = "${node.containerdSocket}"

[debug]
  level = "warn"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(node.dir, 'opt')}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = ${!mayLowerOomScore}
  stream_server_address = "127.0.0.1"
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(node.dir, 'cni')}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`
}

/** A point-to-point link per pod: all its packets are routed and so pass kube-proxy's rules, without any bridge filter in the kernel. */
export function networkConfig(node: NodeLayout): unknown {
  const ipam = {
    type: 'host-local',
    dataDir: join(node.runDir, 'ipam'),
    ranges: [[{ subnet: node.podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  return {
    cniVersion: '0.4.0',
    name: node.netns,
    plugins: [
      { type: 'ptp', ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

export function kubeletConfig(node: NodeLayout, certificate: Certificate, mayLowerOomScore: boolean): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.ip,
    tlsCertFile: certificate.certificate,
    tlsPrivateKeyFile: certificate.key,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: certificate.authority } },
    authorization: { mode: 'Webhook' },
    clusterDNS: [dnsIp],
    clusterDomain,
    resolvConf: join(node.dir, 'resolv.conf'),
    containerRuntimeEndpoint: `unix://${node.containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: node.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    podLogsDir: join(node.dir, 'pod-logs'),
    volumePluginDir: join(node.dir, 'plugins'),
    ...(mayLowerOomScore ? {} : { oomScoreAdj: 0 }),
    // Images can't be pulled again, and the machine's disk is not the cluster's business.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'nodefs.inodesFree': '1%', 'imagefs.available': '1%' },
    logging: { verbosity: 0 },
  }
}

export function proxyConfig(kubeconfig: string, mayLowerOomScore: boolean): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig },
    detectLocalMode: 'ClusterCIDR',
    clusterCIDR: podRange,
    // The connection table belongs to the machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    ...(mayLowerOomScore ? {} : { oomScoreAdj: 0 }),
  }
}
