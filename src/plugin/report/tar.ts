/** A file of an archive. */
export interface TarFile {
  /** At most 100 bytes, relative. */
  readonly path: string
  readonly content: string | Uint8Array
}

const block = 512

/** An archive as POSIX.1-1988 `ustar` has it, which every tar reads. @param mtime seconds since the epoch, of every file */
export function tar(files: readonly TarFile[], mtime: number): Uint8Array {
  const parts = files.flatMap(({ path, content }) => {
    const bytes = Buffer.from(content)
    return [header(path, bytes.length, mtime), bytes, Buffer.alloc((block - (bytes.length % block)) % block)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

function header(path: string, size: number, mtime: number): Uint8Array {
  if (Buffer.byteLength(path) > 100) throw new Error(`the path ${path} is too long for the archive`)
  const head = Buffer.alloc(block)
  head.write(path, 0)
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${octal(size, 11)}\0`, 124)
  head.write(`${octal(mtime, 11)}\0`, 136)
  head.write(' '.repeat(8), 148)
  head.write('0', 156)
  head.write('ustar\x0000', 257)
  // The sum counts its own field as blanks.
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${octal(sum, 6)}\0 `, 148)
  return head
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
