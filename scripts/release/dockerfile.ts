/** What the last stage of the Dockerfile says about running the image. */
export interface RunSettings {
  readonly environment: readonly string[]
  readonly user: string
  readonly workingDirectory: string
  readonly entrypoint: readonly string[]
  /** Folder of the image that gets what `npm run build` makes. */
  readonly appFolder: string
}

/**
 * The image of a release is put together without a builder, and yet runs as the Dockerfile says.
 *
 * @throws Error that names the instruction which the Dockerfile lacks, or which nobody has taught this function
 */
export function runSettings(dockerfile: string): RunSettings {
  const lines = dockerfile.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')) + 1)
  const found = new Map<string, string>()
  for (const line of stage) {
    const [, instruction = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (!known.has(instruction) || found.has(instruction))
      throw new Error(`the release does not understand this line of the Dockerfile: ${line}`)
    found.set(instruction, value)
  }
  const argumentsOf = (instruction: string) => {
    const value = found.get(instruction)
    if (value === undefined) throw new Error(`the last stage of the Dockerfile has no ${instruction}`)
    return value
  }
  const [, appFolder] = /^--from=build \/build\/dist\/ (\S+)\/$/.exec(argumentsOf('COPY')) ?? []
  if (appFolder === undefined) throw new Error('the Dockerfile copies something else than /build/dist/ into the image')
  return {
    environment: argumentsOf('ENV').split(' '),
    user: argumentsOf('USER'),
    workingDirectory: argumentsOf('WORKDIR'),
    entrypoint: JSON.parse(argumentsOf('ENTRYPOINT')) as string[],
    appFolder,
  }
}

const known: ReadonlySet<string> = new Set(['COPY', 'ENV', 'USER', 'WORKDIR', 'ENTRYPOINT'])
