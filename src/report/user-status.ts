import type { EtcdUser, EtcdUserStatus } from '../api/etcd-user.ts'
import type { Reason } from '../api/reasons.ts'
import { userSecretName } from '../model/names.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { etcdUserOf } from '../model/user/names.ts'
import type { UserCertificate, UserView } from '../model/user/view.ts'
import { isStalled } from '../plan/decision.ts'
import type { UserDecision } from '../plan/user/step.ts'
import { conditionsFrom, reconciling, type Verdict } from './verdict.ts'

/** A decision that is reported in the status; the result of a step is reported by the next pass. */
export type UserNews = Exclude<UserDecision, { kind: 'step' }>

/** The whole status of an EtcdUser, from the view and the decision; what the steps noted there stays. */
export function userStatusOf(view: UserView, decision: UserNews): EtcdUserStatus {
  const { user, now, secret } = view
  const { generation } = user.metadata
  const before = user.status
  const certificate = secret.state === 'ours' ? secret.value.certificate : undefined
  return {
    observedGeneration: generation,
    ...(secret.state === 'ours' ? secretNames(userSecretName(user)) : {}),
    ...(certificate === undefined
      ? {}
      : {
          certificateExpiry: rfc3339(certificate.notAfter),
          certificateIssued: rfc3339(certificate.notBefore),
          ...issuerOf(certificate, before),
        }),
    ...(before?.claim === undefined ? {} : { claim: before.claim }),
    ...(before?.passwordVersion === undefined ? {} : { passwordVersion: before.passwordVersion }),
    conditions: conditionsFrom(verdicts(view, decision, sinceMs(view)), { generation, before: before?.conditions, now }),
  }
}

/** `binding` makes the EtcdUser a provisioned service of the Service Binding specification. */
function secretNames(name: string): Pick<EtcdUserStatus, 'secretName' | 'binding'> {
  return { secretName: name, binding: { name } }
}

/**
 * A CA is trusted for as long as a status names it: of a certificate that is of another CA than the one that issues now, what was said before
 * stays until the new one is written.
 */
function issuerOf({ issuer }: UserCertificate, before: EtcdUserStatus | undefined): Pick<EtcdUserStatus, 'certificateIssuer'> {
  const certificateIssuer = issuer ?? before?.certificateIssuer
  return certificateIssuer === undefined ? {} : { certificateIssuer }
}

/** The status where nothing could be observed: of everything else it says what it said before. */
export function refusedStatusOf(
  user: EtcdUser,
  { reason, message }: { readonly reason: Reason; readonly message: string },
  now: number,
): EtcdUserStatus {
  const { generation } = user.metadata
  const news = { reason, message }
  const verdict = { Ready: { status: 'False' as const, ...news }, Stalled: { status: 'True' as const, ...news } }
  const { conditions: before, ...rest } = user.status ?? {}
  return { ...rest, observedGeneration: generation, conditions: conditionsFrom(verdict, { generation, before, now }) }
}

/** For how long the user has not been ready: against the patience of what it waits for. */
function sinceMs({ user, now }: UserView): number {
  const ready = user.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True' ? 0 : now - Date.parse(ready.lastTransitionTime)
}

function verdicts(view: UserView, decision: UserNews, forMs: number): Readonly<Record<string, Verdict<string>>> {
  if (decision.kind === 'steady')
    return { Ready: readiness(view), Stalled: { status: 'False', reason: 'Steady', message: 'no action is needed' } }
  const { reason, message } = decision
  const stalled: Verdict<string> = isStalled(decision, forMs)
    ? { status: 'True', reason, message }
    : { status: 'False', reason, message: 'no action is needed' }
  return {
    Ready: { status: 'False', reason, message },
    Stalled: stalled,
    ...reconciling(stalled, decision.kind === 'wait' ? decision : undefined),
  }
}

function readiness({ user, etcd }: UserView): Verdict<string> {
  const { cluster } = user.spec
  const secret = `Secret ${userSecretName(user)}`
  const isOn = etcd.known && etcd.value.authEnabled
  if (isOn)
    return {
      status: 'True',
      reason: 'UserReady',
      message: `etcd has user ${etcdUserOf(user)} as the spec asks for; ${secret} has what it takes to connect`,
    }
  return {
    status: 'True',
    reason: 'AuthOff',
    message: `${secret} has what it takes to connect; authentication is off in EtcdCluster ${cluster}, so that the permissions bind nobody: every client that may connect may do everything, until spec.auth.enabled is true`,
  }
}
