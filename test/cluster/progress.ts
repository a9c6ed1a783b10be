/** Takes one line for the person who waits. */
export type Progress = (line: string) => void

/** When the command began that the person typed, in ms since 1970: all programs that it starts count from the same moment. */
const startedVariable = 'ETCD_OPERATOR_DEV_STARTED'

/** Prints each line behind the seconds since the command began. */
export function timedProgress(write: (text: string) => void = (text) => process.stderr.write(text)): Progress {
  elapsedMs()
  return (line) => {
    if (!hush) write(`${elapsed()} ${line}\n`)
  }
}

/** The seconds that stand in front of a line. */
function elapsed(): string {
  lastLineMs = performance.now()
  return `[${(elapsedMs() / 1000).toFixed(1).padStart(6)} s]`
}

/** Since the command began that the person typed. */
export function elapsedMs(now = Date.now(), env: NodeJS.ProcessEnv = process.env): number {
  env[startedVariable] ??= String(now)
  return Math.max(0, now - Number(env[startedVariable]))
}

/** No line comes after this call: what is printed next is the last thing on the screen. */
export function silence(): void {
  hush = true
}

let hush = false
let lastLineMs = performance.now()

/** After so long without a line, one says what is being waited for. */
const quietMs = 15_000
const underWay = new Map<symbol, () => string>()
let timer: NodeJS.Timeout | undefined

/** Carries out something that may take long. `what` says what is going on, in a few words; it is asked for again each time. */
export async function during<T>(progress: Progress, what: () => string, work: () => Promise<T>): Promise<T> {
  const key = Symbol()
  underWay.set(key, what)
  timer ??= setInterval(() => {
    if (performance.now() - lastLineMs >= quietMs) progress(`still ${[...underWay.values()].map((one) => one()).join('; ')}`)
  }, 1_000)
  try {
    return await work()
  } finally {
    underWay.delete(key)
    if (underWay.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}
