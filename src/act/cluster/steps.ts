import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { peerServiceName } from '../../model/names.ts'
import { parseQuantity } from '../../model/quantity.ts'
import type { ClusterMemory } from '../../observe/cluster/memory.ts'
import type { Action } from '../../plan/cluster/step.ts'
import { disableAuth, enableAuth, prepareRoot } from './auth-steps.ts'
import { createCa, exchangeCa, noteRotation, ownSecret, requestCertificate, retireCa, writeCertificates } from './certificate-steps.ts'
import { removeFinalizer } from './deletion-policy.ts'
import { addLearner, disarmCorrupt, disarmNoSpace, moveLeader, promoteLearner, removeMember, updatePeerUrl } from './member-steps.ts'
import {
  createRestoreJob,
  createStatefulSet,
  createVerifyJob,
  createVolume,
  deleteJob,
  deletePod,
  deleteStatefulSet,
  deleteVolume,
  growVolume,
  setReplicas,
  stopServing,
  updateTemplate,
  writeConfig,
} from './object-steps.ts'
import type { Performer, Refusal, StepContext, StepOf } from './performer.ts'
import { compact, defragment } from './space-steps.ts'
import { freezeBootstrap, noteSnapshots, noteWish, pinCluster } from './status-steps.ts'
import { cancelDowngrade, createBackup, enableDowngrade } from './version-steps.ts'

/** Every step of the plan, and how it is carried out. */
export const steps: { readonly [A in Action]: Performer<A> } = {
  FreezeBootstrap: { asks: 'api', announcesItself: true, perform: freezeBootstrap },
  PinCluster: { asks: 'api', announcesItself: true, perform: pinCluster },
  CreateVerifyJob: { asks: 'api', perform: createVerifyJob },
  CreateVolume: { asks: 'api', perform: createVolume },
  CreateRestoreJob: { asks: 'api', perform: createRestoreJob },
  DeleteJob: { asks: 'api', perform: deleteJob },
  WriteConfig: { asks: 'api', perform: writeConfig },
  CreateCa: { asks: 'api', perform: createCa, done: rememberSecret, refused: rememberSecretRefusal },
  WriteCertificates: { asks: 'api', perform: writeCertificates, done: rememberSecret, refused: rememberSecretRefusal },
  OwnSecret: { asks: 'api', perform: ownSecret, done: rememberSecret, refused: rememberSecretRefusal },
  RequestCertificate: { asks: 'api', perform: requestCertificate, done: rememberRequest, refused: rememberRequestRefusal },
  ExchangeCa: { asks: 'api', perform: exchangeCa, done: rememberSecret, refused: rememberSecretRefusal },
  RetireCa: { asks: 'api', perform: retireCa, done: rememberSecret, refused: rememberSecretRefusal },
  NoteRotation: { asks: 'api', perform: noteRotation, done: rememberSecret, refused: rememberSecretRefusal },
  CreateStatefulSet: { asks: 'api', needs: peerService, perform: createStatefulSet },
  SetReplicas: { asks: 'api', perform: setReplicas },
  UpdateTemplate: { asks: 'api', perform: updateTemplate },
  AddLearner: { asks: 'etcd', needs: peerService, perform: addLearner },
  UpdatePeerUrl: { asks: 'etcd', perform: updatePeerUrl },
  PromoteLearner: { asks: 'etcd', perform: promoteLearner },
  RemoveMember: { asks: 'etcd', perform: removeMember, done: rememberFailedJoin },
  MoveLeader: { asks: 'etcd', perform: moveLeader },
  Compact: { asks: 'etcd', goesOn: true, perform: compact },
  Defragment: { asks: 'etcd', goesOn: true, perform: defragment },
  DisarmNoSpace: { asks: 'etcd', perform: disarmNoSpace },
  DisarmCorrupt: { asks: 'etcd', perform: disarmCorrupt, done: rememberDisarm },
  CreateBackup: { asks: 'api', perform: createBackup },
  EnableDowngrade: { asks: 'etcd', perform: enableDowngrade },
  CancelDowngrade: { asks: 'etcd', perform: cancelDowngrade },
  PrepareRoot: { asks: 'etcd', perform: prepareRoot },
  EnableAuth: { asks: 'etcd', perform: enableAuth },
  DisableAuth: { asks: 'etcd', perform: disableAuth },
  NoteSnapshots: { asks: 'api', announcesItself: true, perform: noteSnapshots },
  NoteWish: { asks: 'api', announcesItself: true, perform: noteWish },
  StopServing: { asks: 'api', perform: stopServing },
  DeletePod: { asks: 'api', perform: deletePod },
  RemoveFinalizer: { asks: 'api', perform: removeFinalizer },
  DeleteVolume: { asks: 'api', perform: deleteVolume, forbidden: rememberDenial },
  GrowVolume: { asks: 'api', perform: growVolume, refused: rememberGrowthRefusal },
  DeleteStatefulSet: { asks: 'api', perform: deleteStatefulSet },
}

/** Carries out one step. */
export function perform<A extends Action>(context: StepContext, action: A, step: StepOf<A>): Promise<void> {
  return steps[action].perform(context, step)
}

/** Remembers a step that was done, if its performer needs that later. */
export function rememberDone<A extends Action>(memory: ClusterMemory, action: A, step: StepOf<A>, at: number): void {
  steps[action].done?.(memory, step, at)
}

/** Members find each other by the peer Service. */
function peerService(cluster: EtcdCluster): string {
  return `Service ${peerServiceName(cluster)}`
}

function rememberFailedJoin(memory: ClusterMemory, { member, failedToJoin }: StepOf<'RemoveMember'>, at: number): void {
  if (failedToJoin) memory.joinFailed(member, at)
}

function rememberDisarm(memory: ClusterMemory, _step: StepOf<'DisarmCorrupt'>, at: number): void {
  memory.disarmed(at)
}

function rememberGrowthRefusal(memory: ClusterMemory, { uid, size }: StepOf<'GrowVolume'>, { reason, message }: Refusal, at: number): void {
  // An API server that does not answer has refused nothing.
  if (reason !== 'NotAnswered') memory.growthRefused(uid, { reason, message, bytes: parseQuantity(size) ?? 0, at })
}

function rememberSecret(memory: ClusterMemory, { secret }: { readonly secret: string }): void {
  memory.secretWritten(secret)
}

function rememberRequest(memory: ClusterMemory, { certificate }: StepOf<'RequestCertificate'>): void {
  memory.secretWritten(certificate)
}

function rememberRequestRefusal(memory: ClusterMemory, { certificate }: StepOf<'RequestCertificate'>, refusal: Refusal, at: number): void {
  rememberSecretRefusal(memory, { secret: certificate }, refusal, at)
}

function rememberSecretRefusal(
  memory: ClusterMemory,
  { secret }: { readonly secret: string },
  { reason, message }: Refusal,
  at: number,
): void {
  memory.certificates.forget()
  memory.secretRefused(secret, { reason, message, at })
}

/** Remembers a step that was refused, if its rule needs that later. */
export function rememberRefused<A extends Action>(memory: ClusterMemory, action: A, step: StepOf<A>, refusal: Refusal, at: number): void {
  if (refusal.reason === 'MissingPermission') steps[action].forbidden?.(memory, at)
  steps[action].refused?.(memory, step, refusal, at)
}

function rememberDenial(memory: ClusterMemory, at: number): void {
  memory.volumeDeletionDeniedAt = at
}
