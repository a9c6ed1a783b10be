import { type BinaryName, binaryPath, etcdBinary } from '../binaries.ts'
import { corednsVersion, type EtcdVersion, localPathVersion } from '../versions.ts'

export type ImageConfig = Readonly<{
  Cmd?: readonly string[]
  Entrypoint?: readonly string[]
  User?: string
  WorkingDir?: string
  Env?: readonly string[]
}>

/** An image with a single layer, made without any registry. */
export type ImageRecipe = Readonly<{
  name: string
  /** Path in the image -> file on this machine. */
  files: Readonly<Record<string, string>>
  /** Path in the image -> its content. */
  texts?: Readonly<Record<string, string>>
  /** Path in the image -> mode. */
  folders?: Readonly<Record<string, number>>
  /** Path in the image -> target of a symbolic link. */
  links?: Readonly<Record<string, string>>
  config: ImageConfig
  needs: readonly BinaryName[]
}>

export const pauseImage = 'etcd-operator.dev/pause:1'
export const corednsImage = `etcd-operator.dev/coredns:v${corednsVersion}`
export const localPathImage = `etcd-operator.dev/local-path-provisioner:v${localPathVersion}`
export const busyboxImage = 'etcd-operator.dev/busybox:stable'

export const systemImages: readonly ImageRecipe[] = [
  programImage(pauseImage, 'pause'),
  programImage(corednsImage, 'coredns'),
  programImage(localPathImage, 'local-path-provisioner'),
  {
    name: busyboxImage,
    files: { '/bin/busybox': '/bin/busybox' },
    links: Object.fromEntries(
      ['sh', 'mkdir', 'rm', 'chmod', 'chown', 'ls', 'cat', 'sleep', 'dd', 'id', 'env', 'date', 'stat', 'df'].map((tool) => [
        `/bin/${tool}`,
        'busybox',
      ]),
    ),
    folders: { '/tmp': 0o1777 },
    config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
    needs: [],
  },
]

/** Like the released image: three static programs, no shell, no user, nothing else. */
export function etcdImage(version: EtcdVersion): ImageRecipe {
  const tools = ['etcd', 'etcdctl', 'etcdutl'] as const
  return {
    name: etcdImageName(version),
    files: Object.fromEntries(tools.map((tool) => [`/usr/local/bin/${tool}`, etcdBinary(version, tool)])),
    texts: {
      '/etc/passwd':
        'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
      '/etc/group': 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n',
    },
    folders: { '/var/lib/etcd': 0o700, '/var/etcd': 0o755, '/tmp': 0o1777 },
    config: {
      Cmd: ['/usr/local/bin/etcd'],
      WorkingDir: '/var/lib/etcd',
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    needs: tools.map((tool): BinaryName => `etcd-${version}/${tool}`),
  }
}

export function etcdImageName(version: EtcdVersion): string {
  return `gcr.io/etcd-development/etcd:v${version}`
}

function programImage(name: string, binary: 'pause' | 'coredns' | 'local-path-provisioner'): ImageRecipe {
  return {
    name,
    files: { [`/${binary}`]: binaryPath(binary) },
    folders: { '/tmp': 0o1777 },
    config: { Entrypoint: [`/${binary}`] },
    needs: [binary],
  }
}
