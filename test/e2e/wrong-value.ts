import { POD } from '../../src/adapters/kube/kinds.ts'
import type { Stage } from './harness.ts'
import { operatorImage } from './images.ts'
import { podOnClaim } from './pod-on-claim.ts'
import { until } from './until.ts'

/**
 * Changes a value where it lies in a running member's database, as a failing disk or memory does: etcd maps the file into its memory and
 * reads the wrong value at once. Another pod on the member's node does it. The value must be unlike any other text in the database.
 */
export async function makeWrong({ k8s, namespace, kubectl }: Stage, member: string, value: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const node = (await k8s.kube.get(POD, { namespace, name: member }, signal))?.spec?.nodeName
  if (node === undefined) throw new Error(`${member} has no node`)
  const command = ['/nodejs/bin/node', '-e', program, value]
  const spec = podOnClaim({ claimName: `data-${member}`, mountPath: '/data', image: operatorImage, command, nodeName: node })
  const { metadata } = await k8s.kube.create(POD, { metadata: { namespace, generateName: 'wrong-' }, spec }, signal)
  const phase = await until(`${metadata.name} has ended`, 60, async () => {
    const pod = await k8s.kube.get(POD, metadata, AbortSignal.timeout(5_000))
    return pod?.status?.phase === 'Succeeded' || pod?.status?.phase === 'Failed' ? pod.status.phase : undefined
  })
  const output = await kubectl(['logs', metadata.name])
  // The claim can't be deleted while a pod has it.
  await kubectl(['delete', 'pod', metadata.name])
  if (phase === 'Failed') throw new Error(`${metadata.name}: ${output}`)
}

/** While a page is the last of its table etcd writes it anew with each commit: it is changed until the right value stays away. */
const program = `
  const fs = require('node:fs')
  const value = process.argv[1]
  const folders = fs.readdirSync('/data').map((name) => '/data/' + name + '/member/snap/db').filter((file) => fs.existsSync(file))
  const file = fs.openSync(folders[0], 'r+')
  let changedAt = 0
  function attempt() {
    const content = fs.readFileSync(folders[0])
    for (let at = content.indexOf(value); at !== -1; at = content.indexOf(value, at + 1)) {
      fs.writeSync(file, '#', at)
      changedAt = performance.now()
    }
    if (changedAt > 0 && performance.now() - changedAt > 3000) return
    if (performance.now() > 40000) throw new Error(folders[0] + ' does not hold the value, or it does not stay wrong')
    setTimeout(attempt, 100)
  }
  attempt()
`
