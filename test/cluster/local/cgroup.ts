import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../command.ts'
import { signal } from './daemon.ts'
import { cgroupRoot, type NodeLayout } from './layout.ts'

/** True on a machine with the unified hierarchy (v2). */
export function isUnified(): boolean {
  return existsSync('/sys/fs/cgroup/cgroup.controllers')
}

/** The node's own group in every hierarchy; the kubelet refuses a root that is missing in one. */
export function createNodeCgroup(node: NodeLayout): void {
  for (const hierarchy of hierarchies()) {
    if (isUnified()) delegateControllers(hierarchy)
    mkdirSync(join(hierarchy, node.cgroup), { recursive: true })
    if (isUnified()) delegateControllers(join(hierarchy, cgroupRoot))
  }
}

/** Kills every process of every pod, then removes the groups. Being in one of our groups is proof enough that a process is ours. */
export async function removeCgroups(): Promise<void> {
  const roots = hierarchies()
    .map((hierarchy) => join(hierarchy, cgroupRoot))
    .filter(existsSync)
  await until(
    'the pods end',
    20_000,
    async () => {
      const pids = new Set(roots.flatMap(groupsBelow).flatMap(processesIn))
      for (const pid of pids) signal(pid)
      return pids.size === 0 ? true : undefined
    },
    20,
  )
  for (const group of roots.flatMap(groupsBelow)) await until(`${group} is empty`, 5_000, async () => removeGroup(group), 20)
}

/** Deepest first. */
function groupsBelow(group: string): readonly string[] {
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...below.flatMap((entry) => groupsBelow(join(group, entry.name))), group]
}

function processesIn(group: string): readonly number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function removeGroup(group: string): true {
  try {
    rmdirSync(group)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return true
}

function hierarchies(): readonly string[] {
  if (isUnified()) return ['/sys/fs/cgroup']
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .flatMap(([, path]) => path ?? [])
}

/** Version 2 hands a controller down only when the parent says so. */
function delegateControllers(group: string): void {
  const there = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ')
  const needed = ['cpu', 'cpuset', 'hugetlb', 'io', 'memory', 'pids']
  for (const controller of needed.filter((name) => there.includes(name)))
    writeFileSync(join(group, 'cgroup.subtree_control'), `+${controller}`)
}
