import { parseArgs } from 'node:util'
import { type ClusterInfo, type ClusterOptions, destroyCluster, ensureCluster, loadImage, type ProviderName } from './cluster.ts'
import { RequirementMissing } from './command.ts'
import { timedProgress } from './progress.ts'
import { endWith } from './set-up-failed.ts'

const usage = `usage: node test/cluster/cli.ts up [--nodes 3] [--provider local|kind|existing] [--kubeconfig FILE]
       node test/cluster/cli.ts down
       node test/cluster/cli.ts load FILE.tar [FILE.tar ...]`

await main(process.argv.slice(2)).catch(endWith)

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args)
  const [command, ...archives] = positionals
  const progress = timedProgress()
  const options: ClusterOptions = {
    progress,
    ...(values.nodes === undefined ? {} : { nodes: Number(values.nodes) }),
    ...(values.provider === undefined ? {} : { provider: values.provider as ProviderName }),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
  }
  if (command === 'up' && archives.length === 0) printNextSteps(await ensureCluster(options))
  else if (command === 'down' && archives.length === 0) await destroyCluster(options)
  else if (command === 'load' && archives.length > 0) for (const archive of archives) await loadImage(archive, options)
  else throw new RequirementMissing(usage)
}

function parse(args: readonly string[]) {
  const parsed = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { nodes: { type: 'string' }, provider: { type: 'string' }, kubeconfig: { type: 'string' } },
  })
  const { nodes, provider } = parsed.values
  if (nodes !== undefined && !/^[1-9]$/.test(nodes)) throw new RequirementMissing(`--nodes takes a number from 1 to 9, not ${nodes}`)
  if (provider !== undefined && !['local', 'kind', 'existing'].includes(provider)) throw new RequirementMissing(usage)
  return parsed
}

function printNextSteps(info: ClusterInfo): void {
  const first = info.nodes[0]
  const lines = [
    `export KUBECONFIG=${info.kubeconfig}`,
    `${info.kubectl} get nodes`,
    ...(first?.netns === undefined ? [] : [`nsenter --net=${first.netns} sh   # inside node ${first.name}: Service addresses answer here`]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
