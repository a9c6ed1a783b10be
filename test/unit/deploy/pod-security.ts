interface Container {
  readonly name: string
  readonly securityContext?: {
    readonly privileged?: boolean
    readonly allowPrivilegeEscalation?: boolean
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
    readonly seccompProfile?: { readonly type: string }
  }
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly hostPort?: number }[]
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly seccompProfile?: { readonly type: string }
  }
  readonly volumes?: readonly Readonly<Record<string, unknown>>[]
}

const volumeTypes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']

/** What of a pod violates the Pod Security Standard `restricted` (kubernetes.io/docs/concepts/security/pod-security-standards). */
export function violations(pod: PodSpec): readonly string[] {
  const problems: string[] = []
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) problems.push('uses a namespace of the host')
  for (const { name, ...source } of pod.volumes ?? []) {
    const type = Object.keys(source)[0] ?? ''
    if (!volumeTypes.includes(type)) problems.push(`volume ${name} is a ${type}`)
  }
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) problems.push(...ofContainer(pod, container))
  return problems
}

function ofContainer(pod: PodSpec, { name, ports, securityContext: own = {} }: Container): readonly string[] {
  const seccomp = own.seccompProfile?.type ?? pod.securityContext?.seccompProfile?.type ?? ''
  const wrong: readonly (readonly [boolean, string])[] = [
    [own.privileged === true, 'is privileged'],
    [own.allowPrivilegeEscalation !== false, 'may gain privileges'],
    [(own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true, 'may run as root'],
    [(own.runAsUser ?? pod.securityContext?.runAsUser) === 0, 'runs as root'],
    [!own.capabilities?.drop?.includes('ALL'), 'keeps capabilities'],
    [(own.capabilities?.add ?? []).some((capability) => capability !== 'NET_BIND_SERVICE'), 'adds capabilities'],
    [!['RuntimeDefault', 'Localhost'].includes(seccomp), 'has no seccomp profile'],
    [(ports ?? []).some(({ hostPort }) => hostPort !== undefined), 'takes a port of the host'],
  ]
  return wrong.flatMap(([is, what]) => (is ? [`container ${name} ${what}`] : []))
}
