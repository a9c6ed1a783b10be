/** The operator's image under the name that `npm run image` gives it and deploy/ uses. */
export const operatorImage = 'docker.io/library/etcd-operator:dev'
