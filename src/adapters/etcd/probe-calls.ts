import type { MemberEndpoint } from '../../model/names.ts'
import type { ServedCertificate } from '../../model/tls/facts.ts'
import type { CallOptions } from './call-options.ts'

/**
 * What a port of a member shows to whoever knocks, on a connection of its own that is closed again. Asked rarely: a member writes a line
 * into its log for each knock that it refuses. Throws `Failure` where nothing is shown: nobody listens, or no answer comes in time. Default
 * deadline 2 s. Of `url` only host and port count.
 */
export interface EtcdProbes {
  /** Whether it answers without TLS: HTTP/1.1, or HTTP/2 as gRPC clients speak it. */
  answersPlain(endpoint: MemberEndpoint, options?: CallOptions): Promise<boolean>
  /** The certificate that it serves, whoever has issued it; undefined: it does not speak TLS. */
  servedCertificate(endpoint: MemberEndpoint, options?: CallOptions): Promise<ServedCertificate | undefined>
  /**
   * Whether its process accepts the certificate of these credentials: then it has loaded the CA that issued it. `untrusted`: the member
   * itself is not to be trusted, so that its word counts for nothing.
   */
  acceptsCertificate(endpoint: MemberEndpoint, options?: CallOptions): Promise<boolean>
}
