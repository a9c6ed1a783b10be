import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Rights are compared with what was asked of the API server, so that file comes when all others have had their turn. */
class RightsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(isRights(a)) - Number(isRights(b)))
  }
}

function isRights(file: TestSpecification): boolean {
  return file.moduleId.endsWith('/rights.test.ts') && file.project.name.startsWith('e2e')
}

/**
 * Ends a unit or world test that never would by itself. Such a test is as quick as the machine lets it be, and the machine may be busy
 * with a cluster beside it: a deadline of a few seconds would fail the machine and not the code.
 */
const hangMs = { unit: 300_000, world: 1_800_000 }

/** What real processes do is waited for this long unless the test says otherwise: vitest's own second is less than a busy machine takes. */
const poll = { timeout: 20_000 }

/** One project per tier: `unit` and `world` are pure and quick, the others need real binaries (see test/cluster). */
export default defineConfig({
  test: {
    sequence: { sequencer: RightsLast },
    // Vitest leaves a core to itself otherwise, which is half of a small machine; and some tests only wait.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          // Those that run beside each other only wait.
          maxConcurrency: 20,
          testTimeout: hangMs.unit,
          expect: { poll: { timeout: hangMs.unit / 2 } },
        },
      },
      {
        test: {
          name: 'world',
          include: ['test/world/**/*.test.ts'],
          globalSetup: 'test/world/figures.ts',
          environment: 'node',
          isolate: false,
          testTimeout: hangMs.world,
        },
      },
      {
        test: {
          name: 'contract',
          expect: { poll },
          include: ['test/contract/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          expect: { poll },
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      // All scenarios together, or each file alone.
      ...(
        [
          ['e2e-all', ['test/e2e/all.ts', 'test/e2e/rights.test.ts']],
          ['e2e', ['test/e2e/**/*.test.ts']],
        ] as const
      ).map(([name, include]) => ({
        test: {
          name,
          expect: { poll },
          include: [...include],
          // Scenarios that run beside each other: three, and two that only wait (test/e2e/harness.ts).
          maxConcurrency: 5,
          environment: 'node',
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      })),
    ],
  },
})
