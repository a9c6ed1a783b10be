/** What a pod does with the files of a claim. */
export interface Work {
  readonly claimName: string
  readonly mountPath: string
  readonly image: string
  readonly command: readonly string[]
  /** The node of the pod that has the claim, where the volume can be mounted on no other. */
  readonly nodeName?: string
}

/** The spec of a pod that works on a claim as the user of the members and of the agent, and passes Pod Security `restricted`. */
export function podOnClaim({ claimName, mountPath, image, command, nodeName }: Work) {
  const nobody = 65532
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nobody,
      runAsGroup: nobody,
      fsGroup: nobody,
      // Otherwise the kubelet widens the mode of every file for this look.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'work',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: [...command],
        volumeMounts: [{ name: 'claim', mountPath }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
    volumes: [{ name: 'claim', persistentVolumeClaim: { claimName } }],
  }
}
