import { expect } from 'vitest'
import { STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import { condition, etcdVersion, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'

const edits: readonly { readonly title: string; readonly spec: object; readonly back: object; readonly says: string }[] = [
  {
    title: 'another version',
    spec: { version: '3.7.3' },
    back: { version: etcdVersion },
    says: `spec.version asks for 3.7.3, and the members run with ${etcdVersion}`,
  },
  {
    title: 'another setting of etcd',
    spec: { etcd: { snapshotCount: 20_000 } },
    back: { etcd: { snapshotCount: 10_000 } },
    says: 'spec.etcd.snapshotCount asks for 20000, and the members run with 10000',
  },
  {
    title: 'other resources',
    spec: { pod: { resources: { requests: { cpu: '120m' } } } },
    back: { pod: { resources: { requests: { cpu: '100m' } } } },
    says: 'spec.pod.resources.requests.cpu asks for',
  },
]

scenario(
  'a change that would restart members is shown, and nothing of it is applied',
  { seconds: 120 },
  async ({ k8s, namespace, cluster }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const state = async () => {
      const set = await k8s.kube.get(STATEFUL_SET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
      return { template: set?.spec?.template, pods: (await demo.pods()).map(({ metadata }) => metadata.uid), config: await demo.config() }
    }
    const before = await state()

    for (const { title, spec, back, says } of edits) {
      await demo.change(spec)
      const seen = await demo.until(`${title} is shown`, 20, (one) => isStalled(one, 'RollNotSupportedYet'))
      expect(condition(seen, 'Stalled')?.message).toContain(says)
      expect(condition(seen, 'Available')?.status).toBe('True')
      expect(await state(), title).toEqual(before)
      await demo.change(back)
      await demo.untilReady()
    }

    // A size that is asked for together with such a change waits for it as well: nothing is half applied.
    await demo.change({ version: '3.7.3', size: 3 })
    const both = await demo.until('both are shown', 20, (one) => isStalled(one, 'RollNotSupportedYet'))
    expect(condition(both, 'Stalled')?.message).toContain('nor of spec.size, which asks for 3 members where there are 1')
    expect(await state()).toEqual(before)
  },
)
