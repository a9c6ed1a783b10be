import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { revisionOf, whyOutdated } from '../../model/cluster/revision.ts'
import { outdatedMembers } from '../../model/cluster/rollout.ts'
import { nextProfile, profileOf } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { volumeName } from '../../model/names.ts'
import { specChanges } from './spec-changes.ts'

/**
 * What a roll changes, in words: `version 3.6.11 -> 3.6.16`. Once the objects have been written only the running version and image tell
 * what it is; the rest is taken from the status, for people alone.
 */
export function whatRolls(view: ClusterView): string {
  const outdated = outdatedMembers(view).map(({ name }) => ({ ...revisionOf(view, name), name, why: whyOutdated(view, name) }))
  const changed = specChanges(view).map(({ field, runs, asked }) => `${field} ${runs} -> ${asked}`)
  const fields = changed.filter((text) => !text.startsWith('spec.version ') && !text.startsWith('spec.image '))
  const versions = outdated.flatMap(({ runs, wished }) =>
    runs.version !== undefined && runs.version !== wished.version ? `version ${runs.version} -> ${wished.version}` : [],
  )
  const images = outdated.flatMap(({ runs, wished }) =>
    runs.image !== undefined && runs.image !== wished.image && tagged(runs.image) === tagged(wished.image ?? '')
      ? `image ${runs.image} -> ${wished.image}`
      : [],
  )
  const asked = outdated.some(({ why }) => why.includes('restart'))
    ? [`restart of ${nextCluster(view).metadata.annotations?.['kubectl.kubernetes.io/restartedAt']}`]
    : []
  const next = nextProfile(view)
  const listens = outdated.flatMap(({ name }) => {
    const profile = profileOf(view, name)
    return profile === undefined || profile === next ? [] : `TLS ${profile} -> ${next}`
  })
  const volumes = outdated.flatMap(({ name, why }) => (why.includes('volume') ? `file system of ${volumeName(name)}` : []))
  const revoked = outdated.some(({ why }) => why.includes('certificates')) ? ['the CAs that the members trust'] : []
  const newer = outdated.some(({ why }) => why.includes('operator')) ? ['the pods of this version of the operator'] : []
  const all = [...new Set([...versions, ...images, ...listens, ...fields, ...asked, ...volumes, ...revoked, ...newer])]
  return (all.length > 0 ? all.join(', ') : (view.cluster.status?.rollout?.what ?? 'settings')).slice(0, 500)
}

function tagged(image: string): string {
  return image.slice(image.lastIndexOf(':'))
}
