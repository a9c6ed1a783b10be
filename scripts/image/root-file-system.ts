import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../test/cluster/command.ts'

/** What the Node binary is linked to, and what it reads. */
export const debianPackages = ['libc6', 'libgcc-s1', 'libstdc++6', 'base-files', 'ca-certificates', 'netbase', 'tzdata']

export const baseEnvironment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
]

const passwd =
  'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n'
const group = 'root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n'

/** Unpacks .deb files, of any architecture, into a folder; none of their install scripts runs. */
export async function unpackPackages(files: readonly string[], root: string): Promise<void> {
  for (const folder of ['bin', 'lib', 'lib64', 'sbin']) {
    mkdirSync(join(root, 'usr', folder), { recursive: true })
    symlinkSync(join('usr', folder), join(root, folder))
  }
  for (const file of files) {
    const contents = `${file}.tar`
    await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" > "$2"', 'sh', file, contents])
    // /lib and the like are links to /usr/lib and stay so.
    await run('tar', ['--extract', '--file', contents, '--directory', root, '--keep-directory-symlink', '--preserve-permissions'])
    rmSync(contents)
  }
}

/** What Debian's install scripts would have done, without what only a shell or a person could use. */
export function completeSystem(root: string): void {
  const authorities = join(root, 'usr/share/ca-certificates/mozilla')
  const bundle = readdirSync(authorities)
    .sort()
    .map((file) => readFileSync(join(authorities, file), 'utf8'))
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true })
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), bundle.join(''))
  writeFileSync(join(root, 'etc/passwd'), passwd)
  writeFileSync(join(root, 'etc/group'), group)
  mkdirSync(join(root, 'home/nonroot'), { recursive: true, mode: 0o755 })
  mkdirSync(join(root, 'tmp'), { recursive: true })
  chmodSync(join(root, 'tmp'), 0o1777)
  for (const path of ['usr/bin', 'usr/sbin', 'usr/share/doc', 'usr/share/man', 'usr/share/lintian', 'usr/share/bug'])
    emptyFolder(join(root, path))
}

/** Copies a program to its place. */
export function place(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(source, target)
  chmodSync(target, 0o755)
}

function emptyFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}
