import { compareMinors, compareVersions, isSupported, type MinorKey, minorKey } from './versions.ts'

/** A way from one minor version of etcd to the next, as data. Every limit has its source. */
export interface MinorStep {
  readonly from: MinorKey
  readonly to: MinorKey
  /** The first release of `from` whose members may be restarted with `to`, and to whose data `to` may be taken back. */
  readonly leaveFrom: string
  /** Why no earlier one, for a person. */
  readonly because: string
  readonly source: string
}

export const minorSteps: readonly MinorStep[] = [
  {
    from: '3.5',
    to: '3.6',
    leaveFrom: '3.5.26',
    because: 'an earlier 3.5 may have left promoted learners or removed members in the data that 3.6 reads its members from',
    source: 'https://etcd.io/blog/2025/zombie_members_upgrade/, pull requests 20793 and 20995',
  },
  {
    from: '3.6',
    to: '3.7',
    leaveFrom: '3.6.11',
    because: '3.7 reads the data of 3.6.11 and later only',
    source: 'https://github.com/etcd-io/etcd/blob/main/CHANGELOG/CHANGELOG-3.7.md',
  },
]

/** The newest release of each minor version that this version of the operator was tested with: a way leads through these. */
export const newestTested: Readonly<Record<MinorKey, string>> = { '3.5': '3.5.35', '3.6': '3.6.16', '3.7': '3.7.3' }

export type Path =
  /** The versions that the members run one after the other, the wanted one last; none where that is what they run. */
  { readonly kind: 'same' | 'patch' | 'up' | 'down'; readonly steps: readonly string[] } | { readonly kind: 'none'; readonly why: string }

/**
 * The way from the version that the members run to the wanted one. Within a minor version any release follows any other, because the data
 * has one format. Upwards etcd reads the data of the minor version before its own alone, so each minor version on the way is one step
 * (etcd, upgrade guides). Downwards one minor version at a time, by etcd's downgrade API, which 3.6 is the first to have.
 */
export function pathTo(running: string, wanted: string): Path {
  const distance = compareMinors(wanted, running)
  if (!isSupported(wanted) || !Number.isFinite(distance)) return { kind: 'none', why: `etcd ${wanted} is not supported` }
  if (distance === 0) return compareVersions(running, wanted) === 0 ? { kind: 'same', steps: [] } : { kind: 'patch', steps: [wanted] }
  if (distance > 0) return { kind: 'up', steps: stepsUp(running, wanted) }
  const why = whyNotBack(running, wanted)
  return why === undefined ? { kind: 'down', steps: [wanted] } : { kind: 'none', why }
}

function stepsUp(running: string, wanted: string): readonly string[] {
  const step = minorSteps.find(({ from }) => from === minorKey(running))
  if (step === undefined || compareMinors(running, wanted) >= 0) return []
  // A release that may not step off is left for the newest of its own minor version first.
  const off = (compareVersions(running, step.leaveFrom) ?? -1) < 0 ? [newestTested[step.from] ?? step.leaveFrom] : []
  const next = step.to === minorKey(wanted) ? wanted : (newestTested[step.to] ?? wanted)
  return [...off, next, ...stepsUp(next, wanted)]
}

function whyNotBack(running: string, wanted: string): string | undefined {
  const step = minorSteps.find(({ to }) => to === minorKey(running))
  if (step === undefined) return `etcd ${minorKey(running)} can't go back`
  if (step.from !== minorKey(wanted)) return `etcd goes back one minor version at a time; set spec.version to a ${step.from} release first`
  if ((compareVersions(wanted, step.leaveFrom) ?? -1) < 0)
    return `the way from ${step.to} back to ${step.from} leads to ${step.leaveFrom} or later: ${step.because}`
  return undefined
}

/** Whether this release may be left for the next minor version. */
export function mayStepOff(version: string): boolean {
  const step = minorSteps.find(({ from }) => from === minorKey(version))
  return step === undefined || (compareVersions(version, step.leaveFrom) ?? -1) >= 0
}
