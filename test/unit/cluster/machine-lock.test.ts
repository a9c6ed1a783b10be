import { describe, expect, it } from 'vitest'
import { withMachineLock } from '../../cluster/machine-lock.ts'

const name = `unit test ${process.pid}`

describe('the lock of the machine', () => {
  it('lets one in after the other and says who holds it', async () => {
    const events: string[] = []
    const said: string[] = []
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const first = withMachineLock(
      name,
      () => {},
      async () => {
        events.push('first in')
        await finished
        events.push('first out')
      },
    )
    const second = withMachineLock(
      name,
      (line) => {
        said.push(line)
        finish()
      },
      async () => void events.push('second in'),
    )
    await Promise.all([first, second])
    expect(events).toEqual(['first in', 'first out', 'second in'])
    expect(said).toEqual([`waiting for process ${process.pid}, which works on the ${name} of this machine`])
  })

  it('is free again after an error', async () => {
    await expect(
      withMachineLock(
        name,
        () => {},
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no')
    expect(
      await withMachineLock(
        name,
        () => {},
        async () => 'in',
      ),
    ).toBe('in')
  })
})
