import { spawn } from 'node:child_process'

/** kubectl is not there. */
export class NoKubectl extends Error {
  override readonly name = 'NoKubectl'
}

/**
 * Runs kubectl on this program's own terminal, input and output. Signals of the terminal reach kubectl by themselves.
 *
 * @returns its exit code; 128 and the signal's number where a signal ended it
 * @throws NoKubectl
 */
export function runKubectl(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: 'inherit', env: { ...env } })
    child.once('error', (error) => reject(new NoKubectl(`kubectl can't be started: ${error.message}`, { cause: error })))
    child.once('exit', (code) => resolve(code ?? interrupted))
  })
}

/** As a shell reports the end by Ctrl-C. */
const interrupted = 130
