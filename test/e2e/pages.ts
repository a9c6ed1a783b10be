import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from './harness.ts'

export const root = join(import.meta.dirname, '..', '..')

/** The blocks of a page that a person copies: into a shell (`sh`), or into a file (`yaml`). */
export function blocksOf(page: string, language: 'sh' | 'yaml'): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, 'gms'))].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

/** `kubectl` as a person has it who stands in the namespace of the scenario. */
export function kubectlOf({ k8s, namespace }: Pick<Stage, 'k8s' | 'namespace'>): string {
  return `kubectl() { '${k8s.info.kubectl}' --kubeconfig '${k8s.info.kubeconfig}' --namespace ${namespace} "$@"; }`
}
