import type { EtcdBackup } from '../../api/backups.ts'
import type { RestoredFrom, TlsMode } from '../../api/etcd-cluster.ts'
import type { Reason, WaitReason } from '../../api/reasons.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { WishKind } from '../../model/cluster/wishes.ts'
import { shortHash } from '../../model/hash.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import type { Ca, Use } from '../../model/tls/uses.ts'
import type { WantedSecret } from '../../model/tls/wanted.ts'
import type { InitialState } from '../../objects/etcd-config/member-config.ts'
import type { JobNeeds } from '../../objects/jobs/restore-jobs.ts'
import type { Block, Steady, TakeStep, Wait } from '../decision.ts'

/**
 * The operator's whole instruction set. Each step can be repeated and can be interrupted anywhere; each names what it
 * acts on by identity (uid or member ID), so that it can't hit an object or member that has the same name now.
 */
export type Step =
  /** Writes token, size and data directory of the first start into the status; nothing starts before. */
  | {
      readonly do: 'FreezeBootstrap'
      readonly size: number
      readonly token: string
      readonly incarnation: string
      readonly begins: Beginning
      /** How the first members listen; absent: Off. */
      readonly tls?: Exclude<TlsMode, 'Off'>
    }
  /** Keeps the cluster ID that a majority gave; from then on no member is ever told to begin a new cluster. */
  | { readonly do: 'PinCluster'; readonly clusterId: string; readonly restoredKeys?: number }
  /** Reads a backup, before anything is made from it. */
  | { readonly do: 'CreateVerifyJob'; readonly job: string; readonly file: SourceFile; readonly needs: JobNeeds }
  /** Makes the claim of a member that has no pod yet. */
  | { readonly do: 'CreateVolume'; readonly member: string; readonly volume: string }
  /** Writes the backup onto the volume of the first member, beside whatever lies there. */
  | {
      readonly do: 'CreateRestoreJob'
      readonly job: string
      readonly member: string
      readonly from: RestoredFrom
      readonly needs: JobNeeds
    }
  /** Deletes a Job, so that it is recreated: its result is lost, or it was asked for something else, or it is needed no more. */
  | { readonly do: 'DeleteJob'; readonly job: string; readonly uid: string }
  /** Writes some members' config files and removes those of members that left. */
  | { readonly do: 'WriteConfig'; readonly write: Readonly<Record<string, InitialState>>; readonly remove: readonly string[] }
  /** Makes the first CA for this use, and its successor. */
  | { readonly do: 'CreateCa'; readonly ca: Ca; readonly secret: string }
  /** Creates the Secret with this leaf, or writes parts of it anew; `uid` is that of the Secret that is there. */
  | ({ readonly do: 'WriteCertificates'; readonly secret: string; readonly uid?: string } & Pick<
      WantedSecret,
      'use' | 'leaf' | 'dial' | 'bundle'
    >)
  /** Gives a Secret its owner reference back, without which the Secret would outlive its EtcdCluster. */
  | { readonly do: 'OwnSecret'; readonly secret: string; readonly uid: string }
  /** Asks cert-manager for the leaf of this use, or for another one: `certificate` is made, or made as it is to be. */
  | { readonly do: 'RequestCertificate'; readonly use: Use; readonly certificate: string; readonly request: string; readonly uid?: string }
  /** Lets the successor of a CA issue all leaves from now on, and makes the next successor. */
  | {
      readonly do: 'ExchangeCa'
      readonly ca: Ca
      readonly secret: string
      readonly uid: string
      /** Fingerprints of the CA that issues and of its successor. */
      readonly current: string
      readonly next: string
      /** The value of the annotation that asked for it; undefined: its age did. */
      readonly rotation: string | undefined
    }
  /** Forgets the CA before the current one: no leaf of it is in use. */
  | { readonly do: 'RetireCa'; readonly ca: Ca; readonly secret: string; readonly uid: string; readonly old: string }
  /** Notes beside the CA what became of the exchange that a person asked for; empty: nothing is asked any more. */
  | { readonly do: 'NoteRotation'; readonly ca: Ca; readonly secret: string; readonly uid: string; readonly rotation: string }
  | { readonly do: 'CreateStatefulSet'; readonly replicas: number }
  /** `member` is the member whose pod is created or deleted, where the rule knows it. */
  | { readonly do: 'SetReplicas'; readonly uid: string; readonly replicas: number; readonly member?: string | undefined }
  /** Gives the StatefulSet the desired template; pods take it up when they are next created. */
  | { readonly do: 'UpdateTemplate'; readonly uid: string; readonly template: string }
  | { readonly do: 'AddLearner'; readonly member: string; readonly peerUrl: string }
  /** Corrects the URL on which a voter's peers dial it. */
  | { readonly do: 'UpdatePeerUrl'; readonly member: string; readonly id: string; readonly peerUrl: string }
  | { readonly do: 'PromoteLearner'; readonly member: string; readonly id: string }
  | { readonly do: 'RemoveMember'; readonly member: string; readonly id: string; readonly failedToJoin: boolean }
  | {
      readonly do: 'MoveLeader'
      readonly member: string
      readonly id: string
      readonly to: string
      readonly toId: string
      readonly wish?: string
    }
  /** Removes old revisions from every member's database; done when this member has committed that. Takes minutes. */
  | { readonly do: 'Compact'; readonly member: string; readonly id: string; readonly revision: number }
  /** Copies what is in use of a member's database into a new file. Takes minutes. */
  | { readonly do: 'Defragment'; readonly member: string; readonly id: string }
  /** Disarms the NOSPACE alarm of every member; `member` leads. */
  | { readonly do: 'DisarmNoSpace'; readonly member: string; readonly id: string }
  /** Disarms these entries of the CORRUPT alarm, each by the member ID that it names; `0` names no member. `member` leads. */
  | { readonly do: 'DisarmCorrupt'; readonly member: string; readonly id: string; readonly entries: readonly string[] }
  /** Takes a backup before a version change, in the place of a schedule's backups. */
  | { readonly do: 'CreateBackup'; readonly name: string; readonly storage: EtcdBackup['spec']['storage'] }
  /** Lets etcd go back to the minor version before its own, `x.y.0`; etcd then takes the data of every member back. */
  | { readonly do: 'EnableDowngrade'; readonly member: string; readonly id: string; readonly target: string }
  /** Takes that permission back. */
  | { readonly do: 'CancelDowngrade'; readonly member: string; readonly id: string }
  /** Makes etcd's user root, with a password that nobody knows, unless it is there, and gives it the role root. `member` leads. */
  | { readonly do: 'PrepareRoot'; readonly member: string; readonly id: string; readonly isThere: boolean }
  /** Lets etcd ask who a client is, and no longer. `member` leads. */
  | { readonly do: 'EnableAuth'; readonly member: string; readonly id: string }
  | { readonly do: 'DisableAuth'; readonly member: string; readonly id: string }
  /** Notes in the status that no member's log holds entries of an older minor version than this one any more. */
  | { readonly do: 'NoteSnapshots'; readonly logsFrom: string }
  /** Notes in the status what came of what a person asked for once, so that it is not done twice; `mark` tells which wish of this kind. */
  | {
      readonly do: 'NoteWish'
      readonly kind: WishKind
      readonly mark: string
      readonly state: 'Begun' | 'Done' | 'Failed'
      readonly message: string
    }
  /** Takes a pod out of the client Service. */
  | { readonly do: 'StopServing'; readonly member: string; readonly uid: string }
  /** `force`: without waiting for the kubelet, which does not answer any more; the name is free at once. */
  | { readonly do: 'DeletePod'; readonly member: string; readonly uid: string; readonly force?: true }
  /** Removes the finalizer of an EtcdCluster that is being deleted, once its volumes are deleted or are to stay. */
  | { readonly do: 'RemoveFinalizer' }
  | { readonly do: 'DeleteVolume'; readonly member: string; readonly volume: string; readonly uid: string }
  /** Lets a member's claim ask for another size; Kubernetes expands the volume while the member runs. */
  | { readonly do: 'GrowVolume'; readonly member: string; readonly volume: string; readonly uid: string; readonly size: string }
  /** Deletes the StatefulSet and keeps its pods, which the next StatefulSet adopts: its volumeClaimTemplates are immutable. */
  | { readonly do: 'DeleteStatefulSet'; readonly uid: string }

/** What a cluster begins with. */
export type Beginning =
  /** Empty volumes. */
  | { readonly as: 'new' }
  /** The volumes that an earlier cluster left; it keeps its ID. */
  | { readonly as: 'adopted'; readonly members: readonly string[]; readonly clusterId: string }
  /** A backup. */
  | { readonly as: 'restored'; readonly from: RestoredFrom }

export type Action = Step['do']

/** What a pass decided. */
export type Decision = TakeStep<Step> | ClusterWait | ClusterBlock | Steady

/** `next` is the step that the wait leads to. */
export interface ClusterWait extends Wait {
  readonly member?: string
  readonly next?: Action
  /** The step that is carried out when a maintenance window opens, or once a person approves of it. */
  readonly step?: Step
  /** When the window opens, milliseconds since the epoch. */
  readonly notBefore?: number
}

export interface ClusterBlock extends Block {
  readonly member?: string
  /** The step that is carried out once a person approves of it. */
  readonly step?: Step
}

/** One concern of the plan; undefined: not my concern. */
export type Rule = (view: ClusterView) => Decision | undefined

export function step(reason: Reason, message: string, what: Step): TakeStep<Step> {
  return { kind: 'step', step: what, reason, message }
}

export function wait(
  reason: WaitReason,
  message: string,
  recheckMs: number,
  about: Partial<Pick<ClusterWait, 'member' | 'next' | 'patienceMs' | 'step' | 'notBefore'>> = {},
): ClusterWait {
  return { kind: 'wait', reason, message, recheckMs, ...about }
}

export function block(reason: Reason, message: string, about: Pick<ClusterBlock, 'member' | 'step'> = {}): ClusterBlock {
  return { kind: 'block', reason, message, ...about }
}

/** Whether the step waits for a maintenance window. */
export function isHeldByWindow(decision: Decision): boolean {
  return decision.kind === 'wait' && decision.notBefore !== undefined
}

/** Equal for the same step on the same objects. */
export function stepId(what: Step): string {
  return shortHash(what)
}
