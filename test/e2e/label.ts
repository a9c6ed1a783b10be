/** On every namespace that a test makes, with the kind of test: leftovers are found by it. */
export const testLabel = 'etcd-operator-test'
