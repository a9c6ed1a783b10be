/**
 * Why two sides of TLS don't come together, in words for people; undefined for any other text. The texts are those of OpenSSL
 * (ssl/ssl_err.c, crypto/x509/x509_txt.c) and Node, also where grpc-js has put them into a message of its own. A member of etcd doesn't
 * say what it refused but by the number of an alert.
 */
export function tlsTrouble(text: string): string | undefined {
  return troubles.find(([pattern]) => pattern.test(text))?.[1]
}

/** Whether the other side has refused our certificate because of who issued it, or because there was none. */
export function refusesCertificate(text: string): boolean {
  return /alert (unknown ca|bad certificate|certificate unknown|certificate required|access denied)/.test(text)
}

const troubles: readonly (readonly [RegExp, string])[] = [
  // What the operator finds wrong with the member's certificate.
  [/certificate has expired/, "the member's certificate, or that of its CA, has expired"],
  [/certificate is not yet valid/, "the member's certificate, or that of its CA, is not valid yet"],
  [
    /self-signed certificate|unable to (get|verify) (the )?(local )?(issuer|first) certificate|unable to verify the first certificate/,
    "the member's certificate is of a CA that isn't trusted here",
  ],
  [/does not match certificate's altnames|Cert does not contain a DNS name/, "the member's certificate doesn't hold the name that it must"],
  [/unsuitable certificate purpose/, "the member's certificate may not be used by a server"],
  [
    /certificate signature failure|invalid CA certificate|path length constraint exceeded/,
    "the member's certificate is not rightly signed",
  ],
  // What the member finds wrong with ours: alerts of RFC 8446, section 6.2.
  [/alert certificate expired/, 'the member refused our certificate: it has expired'],
  [/alert unknown ca/, 'the member refused our certificate: it has not loaded the CA that issued it'],
  [/alert certificate required/, 'the member wants a client certificate, and none was sent'],
  [/alert (bad|unsupported|revoked) certificate|alert certificate (unknown|revoked)/, 'the member refused our certificate'],
  [/alert access denied/, 'the member refused our certificate'],
  [/wrong version number|packet length too long|http request|record layer failure/, 'the member speaks no TLS on this port'],
]
