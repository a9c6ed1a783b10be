import type { NewFile } from '../volume/disk.ts'

/** Fewer, larger writes: etcd sends 32 KiB at a time. */
const batchBytes = 1024 * 1024

/** Writes the parts to the file: one batch is written while the next is collected. Returns the number of bytes. */
export async function receive(parts: AsyncIterable<{ readonly blob: Buffer }>, file: NewFile): Promise<number> {
  let total = 0
  let batch: Buffer[] = []
  let collected = 0
  let writing: Promise<void> = Promise.resolve()

  const write = async () => {
    await writing
    const full = batch
    batch = []
    collected = 0
    writing = file.append(full)
    writing.catch(() => {}) // The error is thrown where the write is awaited.
  }
  for await (const { blob } of parts) {
    total += blob.length
    collected += blob.length
    batch.push(blob)
    if (collected >= batchBytes) await write()
  }
  await write()
  await writing
  return total
}
