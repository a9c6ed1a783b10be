/** uid and gid of members and agent, so that each can read what the other wrote. Not root, and not a user that images tend to have. */
const user = 65532

/** What Pod Security `restricted` asks of a pod; the volume's group is set to ours. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** What it asks of a container, and a root file system that nothing is written to. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const
