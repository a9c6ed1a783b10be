import { isFailure } from '../../src/adapters/failure.ts'
import {
  PERSISTENT_VOLUME_CLAIM,
  type PersistentVolumeClaim,
  POD,
  STORAGE_CLASS,
  type StorageClass,
} from '../../src/adapters/kube/kinds.ts'
import type { Kube } from '../../src/adapters/kube.ts'
import { parseQuantity } from '../../src/model/quantity.ts'
import { PERSISTENT_VOLUME } from './kinds.ts'

/**
 * The external-resizer of a CSI driver, for volumes that have no such driver: it does by the book what the controller's part is. The claim
 * says that it is being resized, then the PersistentVolume gets its new capacity, then the claim waits for the node; the kubelet does its
 * part itself, and writes the claim's new capacity.
 *
 * - `online`       as above
 * - `at-restart`   the file system is expanded only when the pod that uses it has been created anew
 * - `stuck`        it begins, and never goes on
 * - `infeasible`   the storage can't
 */
export type ResizeMode = 'online' | 'at-restart' | 'stuck' | 'infeasible'

/** On a StorageClass, or on a claim, whose mode counts then. */
export const resizeAnnotation = 'etcd-operator.dev/test-resize'

/** Of the volumes that no kubelet expands (host paths): the resizer does the node's part as well, after this time in milliseconds. */
const nodeMs = 15_000

/** A StorageClass like the default one; undefined mode: it doesn't allow volumes to be expanded. */
export async function makeStorageClass(kube: Kube, name: string, mode: ResizeMode | undefined): Promise<string> {
  const signal = AbortSignal.timeout(20_000)
  const { items } = await kube.list(STORAGE_CLASS, {}, signal)
  const like = items.find(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true')
  if (like === undefined) throw new Error('there is no default StorageClass')
  const { 'storageclass.kubernetes.io/is-default-class': _default, ...annotations } = like.metadata.annotations ?? {}
  const made = {
    metadata: { name, annotations: { ...annotations, ...(mode === undefined ? {} : { [resizeAnnotation]: mode }) } },
    provisioner: like.provisioner,
    ...(like.parameters === undefined ? {} : { parameters: like.parameters }),
    volumeBindingMode: like.volumeBindingMode ?? 'Immediate',
    reclaimPolicy: like.reclaimPolicy ?? 'Delete',
    allowVolumeExpansion: mode !== undefined,
  }
  await kube.create(STORAGE_CLASS, made, signal).catch((error: unknown) => {
    if (!isFailure(error, 'conflict')) throw error
  })
  return name
}

/** Looks at the claims of a namespace again and again, until it is ended. */
export function startResizer(kube: Kube, namespace: string, { everyMs = 200 } = {}): { end(): Promise<void> } {
  const ending = new AbortController()
  const looking = (async () => {
    while (!ending.signal.aborted) {
      await look(kube, namespace).catch((error: unknown) => {
        // Somebody else wrote to the claim: the next look sees that.
        if (!isFailure(error)) throw error
      })
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })()
  return {
    async end() {
      ending.abort()
      await looking
    },
  }
}

async function look(kube: Kube, namespace: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000)
  const [claims, classes] = await Promise.all([
    kube.list(PERSISTENT_VOLUME_CLAIM, { namespace }, signal),
    kube.list(STORAGE_CLASS, {}, signal),
  ])
  for (const claim of claims.items) {
    const mode = modeOf(claim, classes.items)
    if (mode !== undefined && isToGrow(claim)) await resize(kube, claim, mode, signal)
  }
}

function modeOf({ metadata, spec }: PersistentVolumeClaim, classes: readonly StorageClass[]): ResizeMode | undefined {
  const ofClass = classes.find((one) => one.metadata.name === spec?.storageClassName)?.metadata.annotations?.[resizeAnnotation]
  return (metadata.annotations?.[resizeAnnotation] ?? ofClass) as ResizeMode | undefined // Set by tests alone.
}

function isToGrow({ metadata, spec, status }: PersistentVolumeClaim): boolean {
  const [asked, has] = [spec?.resources?.requests?.storage, status?.capacity?.storage]
  if (asked === undefined || has === undefined || metadata.deletionTimestamp !== undefined) return false
  return (parseQuantity(asked) ?? 0) > (parseQuantity(has) ?? 0)
}

async function resize(kube: Kube, claim: PersistentVolumeClaim, mode: ResizeMode, signal: AbortSignal): Promise<void> {
  const asked = claim.spec?.resources?.requests?.storage ?? ''
  const write = (condition: string, allocated: string, message = '') =>
    writeStatus(kube, claim, { condition, allocated, asked, message }, signal)
  const isBegun = claim.status?.allocatedResources?.storage === asked
  const state = isBegun ? claim.status?.allocatedResourceStatuses?.storage : undefined
  if (state === undefined) return write('Resizing', 'ControllerResizeInProgress')
  if (mode === 'stuck') return
  if (mode === 'infeasible') {
    if (state === 'ControllerResizeInProgress')
      await write('ControllerResizeError', 'ControllerResizeInfeasible', 'the test storage has no room')
    return
  }
  if (state === 'ControllerResizeInProgress') {
    if (mode === 'online') await enlarge(kube, claim, asked, signal)
    return write(
      'FileSystemResizePending',
      'NodeResizePending',
      'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
    )
  }
  const since = Date.parse(claim.status?.conditions?.find(({ type }) => type === 'FileSystemResizePending')?.lastTransitionTime ?? '')
  if (mode === 'at-restart') {
    if (!(await wasRestarted(kube, claim, since, signal))) return
    await enlarge(kube, claim, asked, signal)
  }
  if (Date.now() - since < nodeMs) return
  const status = { capacity: { storage: asked }, conditions: null, allocatedResources: null, allocatedResourceStatuses: null }
  await patchStatus(kube, claim, status, signal)
}

/** The volume's new capacity; the kubelet expands the file system when it sees that. */
async function enlarge(kube: Kube, claim: PersistentVolumeClaim, storage: string, signal: AbortSignal): Promise<void> {
  const name = claim.spec?.volumeName ?? ''
  const volume = await kube.get(PERSISTENT_VOLUME, { name }, signal)
  if (volume === undefined || volume.spec?.capacity?.storage === storage) return
  const { uid } = volume.metadata
  await kube.patch(PERSISTENT_VOLUME, { name }, { metadata: { uid }, spec: { capacity: { storage } } }, signal)
}

async function wasRestarted(kube: Kube, { metadata }: PersistentVolumeClaim, since: number, signal: AbortSignal): Promise<boolean> {
  const { items } = await kube.list(POD, { namespace: metadata.namespace }, signal)
  const user = items.find(({ spec }) =>
    spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name),
  )
  return user !== undefined && user.spec?.nodeName !== undefined && Date.parse(user.metadata.creationTimestamp) > since
}

interface Progress {
  readonly condition: string
  readonly allocated: string
  readonly asked: string
  readonly message: string
}

async function writeStatus(
  kube: Kube,
  claim: PersistentVolumeClaim,
  { condition, allocated, asked, message }: Progress,
  signal: AbortSignal,
) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const status = {
    conditions: [{ type: condition, status: 'True', lastProbeTime: null, lastTransitionTime: now, message }],
    allocatedResources: { storage: asked },
    allocatedResourceStatuses: { storage: allocated },
  }
  await patchStatus(kube, claim, status, signal)
}

async function patchStatus(kube: Kube, { metadata }: PersistentVolumeClaim, status: object, signal: AbortSignal): Promise<void> {
  const { namespace, name, resourceVersion } = metadata
  const body = { metadata: { resourceVersion }, status }
  await kube.patch(PERSISTENT_VOLUME_CLAIM, { namespace, name }, body, signal, { subresource: 'status' })
}
