import { run } from '../command.ts'
import { archiveImage } from './image-archive.ts'
import type { ImageRecipe } from './image-recipes.ts'
import type { NodeLayout } from './layout.ts'

/** Makes the images and puts them onto every node; several archives of a node in a row, the nodes at the same time. */
export async function importImages(nodes: readonly NodeLayout[], recipes: readonly ImageRecipe[]): Promise<void> {
  const archives: string[] = []
  for (const recipe of recipes) archives.push(await archiveImage(recipe))
  await Promise.all(
    nodes.map(async (node) => {
      for (const archive of archives) await importImage(node, archive)
    }),
  )
}

export async function importImage(node: Pick<NodeLayout, 'containerdSocket'>, archive: string): Promise<void> {
  await run('ctr', ['--address', node.containerdSocket, '--namespace', 'k8s.io', 'images', 'import', archive])
}
