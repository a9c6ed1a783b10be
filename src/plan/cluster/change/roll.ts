import { wantedSettings } from '../../../model/cluster/member-settings.ts'
import { configOf, isHealthy, isOurs, listed, podOf, voters } from '../../../model/cluster/members.ts'
import { nextCluster } from '../../../model/cluster/next-cluster.ts'
import { isOutOfSpace } from '../../../model/cluster/no-space.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { hasRunNewerMinor, revisionOf, templateHash, whyOutdated } from '../../../model/cluster/revision.ts'
import { isOtherChangeUnderWay, outdatedMembers, progressOf, unready, wrongVersion } from '../../../model/cluster/rollout.ts'
import { isWeaker, keptProfile, nextProfile, profileOf, runsOtherwise, schemeOf } from '../../../model/cluster/tls.ts'
import { restartOf, restartWaitsForWindow } from '../../../model/cluster/turns.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { peerScheme, peerUrl } from '../../../model/names.ts'
import { whatRolls } from '../../../objects/cluster/what-rolls.ts'
import { awaitCertificates } from '../await-certificates.ts'
import { awaitHealthy } from '../await-healthy.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { block, type Decision, step, wait } from '../step.ts'
import { stepAside } from '../step-aside.ts'
import { beginWords, versionWords } from './change-version.ts'

/**
 * Restarts the voters that run something else than they should, one at a time, the leader last:
 *
 *   all voters serve -> StatefulSet's template -> (leadership moved) -> out of the client Service -> the member's config
 *   -> (its URL, where it is to listen to peers on another scheme) -> pod deleted -> it serves again with what it should run -> the next
 *
 * The template is updated when the first member's turn comes, because a pod that a drain recreates takes it up; each config in its member's
 * own turn. Nothing is remembered: the pods tell who has had its turn, so that the roll goes on after a crash and turns round with the spec.
 */
export function roll(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || !view.membership.known) return undefined
  const [next] = outdatedMembers(view)
  const wrong = reportWrongVersion(view)
  if (wrong !== undefined) return wrong
  const taken = takeBack(view)
  if (taken !== undefined) return taken
  if (next === undefined) return takeUp(view) ?? awaitLast(view)
  if (isOtherChangeUnderWay(view)) return undefined
  return awaitTurn(view, next) ?? awaitTime(view, next) ?? updateTemplate(view) ?? restart(view, next)
}

/** The template and the config wait, too: a pod that a drain recreates would take them up. A member that is out is restarted. */
function awaitTime(view: ClusterView, { name }: OurMember): Decision | undefined {
  const pod = podOf(view, name)
  if (pod === undefined || !restartWaitsForWindow(view, { name })) return undefined
  return awaitWindow(view, restartOf(name, pod.uid), `${said(view)}; restarting ${name}`)
}

/**
 * A turn was taken back before its member was restarted: the file says again what the process runs. Until it does it counts, because any
 * restart would take it up.
 */
function takeBack(view: ClusterView): Decision | undefined {
  const wanted = wantedSettings(view)
  const next = nextProfile(view)
  const early = voters(view)
    .filter(isOurs)
    .filter(({ name }) => {
      const file = configOf(view, name)
      const pod = podOf(view, name)
      return (
        file?.state === 'established' &&
        file.profile !== next &&
        pod?.endsBy === undefined &&
        pod?.startedWith === wanted &&
        !runsOtherwise(view, name)
      )
    })
  if (early.length === 0) return undefined
  // A pod that a drain recreates has to find the certificates that its file names.
  const template = updateTemplate(view)
  if (template !== undefined) return template
  const names = early.map(({ name }) => name)
  // Safety: the file says what the member runs already, on a volume that has a log.
  return step('Rolling', `${said(view)}; writing the config of ${names.join(', ')} as it was`, {
    do: 'WriteConfig',
    write: Object.fromEntries(names.map((name) => [name, { state: 'established', tls: next } as const])),
    remove: [],
  })
}

/** What needs no restart needs no turn: the marks on living pods and the template are all that changes. */
function takeUp(view: ClusterView): Decision | undefined {
  const template = templateHash(nextCluster(view))
  if (view.statefulSet.state !== 'ours' || view.statefulSet.value.template === template || areUnmarked(view)) return undefined
  // The pod that takes the place of one that ends would take up more, without its turn.
  if (view.pods.some(({ ours, endsBy }) => ours && endsBy !== undefined)) return undefined
  // Safety: with OnDelete nothing is restarted, and no running pod differs from the new template in what only a restart changes.
  return step('SpecTakenUp', 'the StatefulSet takes up what needs no restart', {
    do: 'UpdateTemplate',
    uid: view.statefulSet.uid,
    template,
  })
}

/** The last member has been restarted, and is still on its way back. */
function awaitLast(view: ClusterView): Decision | undefined {
  if (isOtherChangeUnderWay(view) || progressOf(view) === undefined) return undefined
  const sick = unready(view, undefined)
  return sick === undefined ? undefined : awaitBack(view, sick)
}

/** A member that says that it runs something else than its template asks for: another restart would be no use. */
function reportWrongVersion(view: ClusterView): Decision | undefined {
  const wrong = wrongVersion(view)
  if (wrong === undefined) return undefined
  const { runs, wished } = revisionOf(view, wrong.name)
  const wayOut = hasRunNewerMinor(view, wrong.name)
    ? `etcd ${wished.version} can't open its data any more: set spec.version to ${runs.version}`
    : 'no other member is restarted: correct spec.image, or the image in the registry'
  return block(
    'OtherVersionRuns',
    `${wrong.name} runs etcd ${runs.version} (${runs.image}), and the spec asks for ${wished.version}; ${wayOut}`,
    {
      member: wrong.name,
    },
  )
}

/** Safety: no voter is ended on purpose before every other one serves, has the log and runs what it should. */
function awaitTurn(view: ClusterView, next: OurMember): Decision | undefined {
  const sick = unready(view, next)
  if (sick !== undefined) return awaitBack(view, sick)
  if (areUnmarked(view)) return wait('Rolling', `${said(view)}; noting what the members were started with`, 250, { next: 'DeletePod' })
  if (isOutOfSpace(view) && whyOutdated(view, next.name).includes('version'))
    return wait('NoSpace', `${said(view)}; no member gets another version while the NOSPACE alarm is raised`, 5_000, { member: next.name })
  return awaitFitting(view, next)
}

/**
 * Safety: no member is restarted into certificates that lack or are unfit: it would not come back. Away from TLS, which is the way out where
 * they can't be mended, nobody waits for them.
 */
function awaitFitting(view: ClusterView, { name }: OurMember): Decision | undefined {
  const profile = nextProfile(view)
  const isLeaving = isWeaker(profile, profileOf(view, name) ?? profile)
  return profile === 'Off' || isLeaving ? undefined : awaitCertificates(view)
}

/** Waits for a member that was restarted, or that fails beside the roll. */
function awaitBack(view: ClusterView, sick: OurMember): Decision {
  const about = { member: sick.name, next: 'DeletePod' } as const
  const progress = said(view)
  const trouble = podTrouble(view, sick.name)
  if (trouble !== undefined) return wait(trouble.reason, `${progress}; the roll stands at ${sick.name}: ${trouble.message}`, 1000, about)
  const pod = podOf(view, sick.name)
  const isYoung = pod === undefined || pod.endsBy !== undefined || view.now - pod.createdAt < backMs
  if (isYoung) return wait('Rolling', `${progress}; waiting for ${sick.name} to serve`, 200, about)
  if (isHealthy(view, sick)) return wait('Rolling', `${progress}; waiting for ${sick.name} to serve and to catch up`, 250, about)
  return awaitHealthy(view, sick, { ...about, until: `; ${progress}` })
}

/** So long after its pod was created a member that does not answer counts as unhealthy. */
const backMs = 60_000

/** Pods are marked in every pass; what a pod was started with must be known before anything it was started with changes. */
function areUnmarked(view: ClusterView): boolean {
  return view.pods.some(
    (pod) =>
      pod.ours &&
      pod.endsBy === undefined &&
      (pod.podSpec === undefined || (pod.startedWith === undefined && configOf(view, pod.name) !== undefined)),
  )
}

function updateTemplate(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const { uid, value: set } = view.statefulSet
  const template = templateHash(nextCluster(view))
  // Safety: all voters serve, and nothing is restarted by it; a pod that a drain recreates takes up what was due next.
  if (set.template !== template)
    return step('Rolling', `${said(view)}; updating the StatefulSet${beginWords(view)}`, { do: 'UpdateTemplate', uid, template })
  if (set.current) return undefined
  return wait('Rolling', `${said(view)}; waiting for the StatefulSet's controller to see the new template`, 100, { next: 'DeletePod' })
}

function writeConfig(view: ClusterView, { name }: OurMember): Decision | undefined {
  const entry = configOf(view, name)
  if (entry?.state !== 'established' || entry.settings === wantedSettings(view)) return undefined
  const next = nextProfile(view)
  const tls = next === keptProfile(view, name) ? {} : { tls: next }
  // Safety: the member has a log, with which etcd ignores the part of its config that could begin or join a cluster. Every running member has
  // loaded the certificates of the peers before one is told to listen with them, and no member listens so when one is told to give them up.
  return step('Rolling', `writing the config of ${name}`, {
    do: 'WriteConfig',
    write: { [name]: { state: 'established', ...tls } },
    remove: [],
  })
}

/**
 * What peers dial when the member comes back. Right before its process ends, so that they can't reach it for as short a time as possible; its
 * own connections carry both ways meanwhile.
 */
function updatePeerUrl(view: ClusterView, { name, id, peerUrl: listed }: OurMember): Decision | undefined {
  const file = configOf(view, name)
  if (file === undefined || peerScheme(file.profile) === schemeOf(listed)) return undefined
  const url = peerUrl(view.cluster, name, peerScheme(file.profile))
  // Safety: it is this member's turn, all others serve, and each of them is dialled on the scheme on which it listens; so at most one member
  // can't be dialled at a time. A voter: etcd before 3.5.31 and 3.6.12 makes a learner one by this call.
  return step('Rolling', `${said(view)}; peers dial ${name} at ${url} when it is back`, {
    do: 'UpdatePeerUrl',
    member: name,
    id,
    peerUrl: url,
  })
}

const toBeRestarted = { reason: 'Rolling', verb: 'is restarted', next: 'DeletePod' } as const

function restart(view: ClusterView, next: OurMember): Decision | undefined {
  const pod = podOf(view, next.name)
  if (pod === undefined) return undefined
  const isAlone = listed(view).length === 1
  const config = () => writeConfig(view, next)
  const aside = isAlone ? config() : stepAside(view, next, toBeRestarted, config)
  if (aside !== undefined) return aside.kind === 'steady' ? aside : { ...aside, message: `${said(view)}; ${aside.message}` }
  const dialled = updatePeerUrl(view, next)
  if (dialled !== undefined) return dialled
  const interrupted = isAlone ? ', which interrupts its clients, because it is the only member' : ''
  // Safety: all other voters serve and are a majority without this one, which doesn't lead and which no new client is sent to; its volume
  // stays. A cluster of one is interrupted, and says so.
  return step('Rolling', `${said(view)}; restarting ${next.name}${interrupted}${versionWords(view, next.name)}`, {
    do: 'DeletePod',
    member: next.name,
    uid: pod.uid,
  })
}

/** `1 of 3 members updated: version 3.6.11 -> 3.6.16` */
function said(view: ClusterView): string {
  const progress = progressOf(view)
  const what = whatRolls(view)
  return progress === undefined ? what : `${progress.updated} of ${progress.total} members updated: ${what}`
}
