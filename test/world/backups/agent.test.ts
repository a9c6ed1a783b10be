import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backUp } from '../../../src/agent/tasks/backup.ts'
import { deleteBackup } from '../../../src/agent/tasks/delete.ts'
import type { Disk } from '../../../src/agent/volume/disk.ts'
import type { BackupTask } from '../../../src/model/agent/task.ts'
import { aSource } from '../../unit/agent/a-source.ts'
import { aVolume } from '../../unit/agent/a-volume.ts'
import { Killed, mortalDisk } from '../../unit/agent/mortal-disk.ts'
import { move, type Process, type StepName, startBackup, startRemoval } from './agent.ts'
import { emptyVolume, type Volume } from './volume.ts'

// Some hundred runs with a real disk.
const isLong = process.env.TEST_LONG !== undefined

/** The agent of the model must not drift from the one of src/agent: wherever both are killed, they leave the same behind. */

test('a backup goes through the same names', async () => {
  const left = await everyEnd(
    async (root, disk) => void (await store(root, disk)),
    async () => aVolume(),
  )
  expect(changesOf(left)).toEqual(changesOf(moments(emptyVolume, startBackup(uid, 'b1'))))
})

test('a backup asks the same of the disk, in the same order', async () => {
  const [root, disk] = [aVolume(), mortalDisk()]
  await store(root, disk)
  // The folder that it makes is the model's from the beginning.
  const calls = disk.calls.map((call) => call.replace(`${root}/`, '')).slice(foldersSynced)
  expect(calls).toEqual(stepsOf(emptyVolume, startBackup(uid, 'b1')).flatMap((step) => asked[step] ?? []))
})

/** `demo`, and the volume itself. */
const foldersSynced = 2

/** What the steps of a first try are, as calls. */
const asked: Readonly<Partial<Record<StepName, string>>> = {
  'removes an old .part': 'remove demo/b1.db.part',
  'creates the .part': 'create demo/b1.db.part',
  'receives the snapshot': 'append demo/b1.db.part',
  'syncs the .part': 'sync demo/b1.db.part',
  'removes an old draft': 'remove demo/b1.db.json.part',
  'creates the draft': 'create demo/b1.db.json.part',
  'writes the draft': 'append demo/b1.db.json.part',
  'syncs the draft': 'sync demo/b1.db.json.part',
  'gives the file its name': 'link demo/b1.db',
  'removes the .part': 'remove demo/b1.db.part',
  'syncs the folder': 'sync demo',
  'gives the manifest its name': 'rename demo/b1.db.json',
  'syncs the folder again': 'sync demo',
}

test.runIf(isLong)('another try goes through the same names, wherever the first was killed', async () => {
  for (const killedBefore of await killPoints(store)) {
    const first = async () => killed(store, aVolume(), killedBefore)
    const left = changesOf(await everyEnd(async (root, disk) => void (await store(root, disk)), first))
    expect(tries.map(changesOf)).toContainEqual(left)
  }
})

test.runIf(isLong)('a removal goes through the same names, wherever the backup was killed', async () => {
  for (const killedBefore of await killPoints(store)) {
    const first = async () => killed(store, aVolume(), killedBefore)
    const left = changesOf(await everyEnd(async (root, disk) => void (await remove(root, disk)), first))
    expect(removals.map(changesOf)).toContainEqual(left)
  }
})

const uid = 'uid-b1'
const task: BackupTask = {
  do: 'backup',
  backup: { namespace: 'default', name: 'b1', uid, startTime: '2026-11-21T10:00:00Z' },
  cluster: { name: 'demo', uid: 'uid-demo', spec: { size: 3 } },
  clusterId: '7c1e0b',
  endpoints: [{ member: 'demo-0', url: 'http://10.0.0.1:2379' }],
  location: 'demo/b1.db',
}

const stopping = new AbortController().signal

type Work = (root: string, disk: Disk) => Promise<unknown>
const store: Work = (root, disk) =>
  backUp(task, root, { disk, connect: () => aSource(), now: () => new Date('2026-11-21T10:00:05Z'), stopping, log: () => {} })
const remove: Work = (root, disk) => deleteBackup({ do: 'delete', backupUid: uid, location: task.location }, root, disk)

type Names = readonly string[]

/** What the model leaves on the volume after each of its steps. */
function moments(volume: Volume, process: Process): readonly Names[] {
  return [namesOf(volume), ...volumesAfter(volume, process).map(namesOf)]
}

function volumesAfter(volume: Volume, process: Process): readonly Volume[] {
  const moved = move(process, volume)
  return [moved.volume, ...(moved.kind === 'ends' ? [] : volumesAfter(moved.volume, moved.process))]
}

function stepsOf(volume: Volume, process: Process): readonly StepName[] {
  const moved = move(process, volume)
  return [process.at, ...(moved.kind === 'ends' ? [] : stepsOf(moved.volume, moved.process))]
}

const begun = [emptyVolume, ...volumesAfter(emptyVolume, startBackup(uid, 'b1'))]
const tries = begun.map((volume) => moments(volume, startBackup(uid, 'b1')))
const removals = begun.map((volume) => moments(volume, startRemoval(uid, 'b1')))

function namesOf({ names }: Volume): Names {
  return Object.keys(names).toSorted()
}

/** What the agent leaves on the volume when it is killed before each of its calls, and when it isn't. */
async function everyEnd(work: Work, begin: () => Promise<string>): Promise<readonly Names[]> {
  const left: Names[] = []
  for (let killedBefore = 0; ; killedBefore += 1) {
    const root = await begin()
    const disk = mortalDisk(killedBefore)
    const isEnded = await work(root, disk).then(
      () => true,
      (error: unknown) => !(error instanceof Killed),
    )
    left.push(existsSync(join(root, 'demo')) ? readdirSync(join(root, 'demo')).toSorted() : [])
    if (isEnded) return left
  }
}

async function killPoints(work: Work): Promise<readonly number[]> {
  const disk = mortalDisk()
  await work(aVolume(), disk)
  return [...disk.calls.keys(), disk.calls.length]
}

async function killed(work: Work, root: string, killedBefore: number): Promise<string> {
  await work(root, mortalDisk(killedBefore)).catch(() => {})
  return root
}

/** Without moments that look like the one before. */
function changesOf(names: readonly Names[]): readonly Names[] {
  return names.filter((one, index) => one.join() !== names[index - 1]?.join())
}
