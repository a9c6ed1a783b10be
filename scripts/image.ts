import { timedProgress } from '../test/cluster/progress.ts'
import { endWith } from '../test/cluster/set-up-failed.ts'
import { buildImage } from './image/build.ts'

/** `npm run image`: builds the operator's image from the Dockerfile into dist/etcd-operator-image.tar, a docker-archive. */
await buildImage(timedProgress()).catch(endWith)
