import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'

export const completion: Command = {
  name: 'completion',
  summary: 'prints a script that completes commands, options and names of clusters in your shell',
  about: [
    "The script completes kubectl-etcd. For kubectl etcd nothing has to be loaded but kubectl's own completion: it asks a program called kubectl_complete-etcd. npm installs it; beside a downloaded file make it yourself: ln -s kubectl-etcd kubectl_complete-etcd.",
  ],
  positionals: [{ name: 'SHELL', help: 'bash, zsh or fish', values: ['bash', 'zsh', 'fish'] }],
  examples: [
    { does: 'in ~/.bashrc', line: 'completion bash > ~/.kubectl-etcd.bash; source ~/.kubectl-etcd.bash' },
    { does: 'zsh, in a folder of $fpath', line: 'completion zsh > ~/.zsh/_kubectl-etcd' },
    { does: 'fish', line: 'completion fish > ~/.config/fish/completions/kubectl-etcd.fish' },
  ],
  async run({ args, terminal }) {
    terminal.write(scripts[args.required('SHELL')] ?? '')
    return exitCodes.ok
  },
}

const scripts: Readonly<Record<string, string>> = {
  bash: `# Completion of kubectl-etcd in bash.
_kubectl_etcd() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] || COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(kubectl-etcd __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kubectl_etcd kubectl-etcd
`,
  zsh: `#compdef kubectl-etcd
# Completion of kubectl-etcd in zsh.
_kubectl-etcd() {
  local line
  local -a found
  for line in "\${(@f)$(kubectl-etcd __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ $line == :* || -z $line ]] || found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  _describe 'kubectl etcd' found
}
if [[ $funcstack[1] == _kubectl-etcd ]]; then _kubectl-etcd "$@"; else compdef _kubectl-etcd kubectl-etcd; fi
`,
  fish: `# Completion of kubectl-etcd in fish.
function __kubectl_etcd_complete
  set -l words (commandline -opc)
  kubectl-etcd __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null | string match --invert ':*'
end
complete --command kubectl-etcd --no-files --arguments '(__kubectl_etcd_complete)'
`,
}
