import type { Command } from '../../src/plugin/command.ts'
import { commands } from '../../src/plugin/commands.ts'
import { commandHelp, exitCodeTexts } from '../../src/plugin/help.ts'
import { plain } from '../../src/plugin/text.ts'

/** docs/kubectl-plugin.md: what the plugin prints as its help, command by command. Path and text. */
export function pluginPage(): readonly [path: string, text: string] {
  const listed = commands.filter(({ isHidden }) => !isHidden)
  return ['docs/kubectl-plugin.md', [introduction, table(listed), afterTable, ...listed.map(section)].join('\n')]
}

const columns = 120

const introduction = `# kubectl etcd

<!-- Generated from src/plugin/ by \`npm run generate\`: change the commands' help there, not this file. -->

A plugin of kubectl that says in a few lines how clusters are, what the operator waits for and what it needs from you. It is one file, for
Node 20 or later:

\`\`\`sh
npm ci && npm run build
install dist/kubectl-etcd ~/.local/bin/kubectl-etcd      # or any other folder of $PATH
kubectl etcd status -A
\`\`\`

Each release has the same file among its [assets](releasing.md). By npm, \`npm install --global ./dist\` installs it under a second name as
well, \`kubectl_complete-etcd\`: by that name kubectl asks it for completions, so that \`kubectl etcd status <TAB>\` offers your clusters. Beside
a file that you copied make that name yourself:

\`\`\`sh
ln -s kubectl-etcd ~/.local/bin/kubectl_complete-etcd
\`\`\`

Where no Node is at hand, run it from the operator's image, in a pod of its own with a ServiceAccount that may read your clusters (the
operator's own pods have no memory to spare for it): \`/nodejs/bin/node /app/kubectl-etcd status -A\`.

It uses your kubeconfig and your rights, and works without the operator. What is dangerous it asks the operator for, by the spec or by
an annotation; it is never done behind the operator's back.
`

const afterTable = `
Every command ends with ${exitCodeTexts.map(([code, meaning]) => `\`${code}\` (${meaning})`).join(', ')}.
Colours are left out where \`NO_COLOR\` is set or the output is no terminal.
`

function table(listed: readonly Command[]): string {
  const rows = listed.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary.replaceAll('|', '\\|')} |`)
  return ['| Command | |', '|---|---|', ...rows].join('\n')
}

function section(command: Command): string {
  const [summary = '', ...help] = commandHelp(command, columns).map(plain)
  const end = help.indexOf('Options of every command')
  return `## ${command.name}\n\n${summary}\n\n\`\`\`text\n${(end < 0 ? help : help.slice(0, end)).join('\n').trim()}\n\`\`\`\n`
}
