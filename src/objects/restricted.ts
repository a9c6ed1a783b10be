/** uid and gid of members and agent, so that each can read what the other wrote. Not root, and not a user that images tend to have. */
const user = 65532

/** The settings that Pod Security `restricted` demands of a pod; fsGroup gives the volume this group. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** The settings that it demands of a container, and a read-only root file system. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const
