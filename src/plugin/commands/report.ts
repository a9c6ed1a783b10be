import { gzipSync } from 'node:zlib'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { operatorOption } from '../operator-pods.ts'
import { usageProblem } from '../problem.ts'
import { gather } from '../report/gather.ts'
import { tar } from '../report/tar.ts'
import { styled } from '../text.ts'

export const report: Command = {
  name: 'report',
  summary: 'writes an archive for whoever is to help you: objects, events, logs and metrics, without Secrets',
  about: [
    "No Secret is read. Values of annotations and variables that are not the operator's own, private keys, and what follows words such as password= are replaced by [redacted]. Logs may hold names of keys all the same: look before you send it. missing.txt has what could not be read.",
  ],
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: { ...operatorOption },
  examples: [
    { does: 'into a file', line: 'report demo > report.tgz' },
    { does: 'what is in it?', line: 'report demo | tar -tz' },
  ],
  async run(context) {
    const { args, terminal, signal, now } = context
    const name = args.required('NAME')
    if (terminal.columns !== undefined)
      throw usageProblem('the archive would be written onto your terminal', [
        ['into a file: ', styled('command', `kubectl etcd report ${name} > report.tgz`)],
      ])
    const target = await context.connect()
    const cluster = await findCluster(target, name, signal)
    const folder = `report-${name}-${new Date(now()).toISOString().replace(/\D/g, '').slice(0, 14)}`
    const files = await gather(context, target, cluster)
    const inFolder = files.map(({ path, content }) => ({ path: shortened(`${folder}/${path}`), content }))
    terminal.write(gzipSync(tar(inFolder, Math.floor(now() / 1000))))
    const missing = String(files.find(({ path }) => path === 'missing.txt')?.content ?? '').trim()
    terminal.note(
      `${files.length} files; look into them before you send them`,
      ...missing
        .split('\n')
        .slice(0, 20)
        .map((line) => `  ${line}`),
    )
    return exitCodes.ok
  },
}

/** Names of pods may be long; an archive's paths are not. */
function shortened(path: string): string {
  return path.length <= 100 ? path : `${path.slice(0, 60)}~${path.slice(-39)}`
}
