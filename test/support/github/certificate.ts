import { EXTENDED_KEY_USAGE } from "../../../src/artifact/x509.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { makePki } from "../pki.ts"
import { HOSTS } from "./hosts.ts"

export interface ServerCertificate {
  readonly key: string
  /** With its intermediate. */
  readonly cert: string
  /** PEM of the root, for clients. */
  readonly ca: string
}

/** For all of GitHub's names and `localhost`, of a CA of its own; good from a day ago for three months. */
export async function githubCertificate(): Promise<ServerCertificate> {
  const pki = await makePki({ host: HOSTS.api, now: instantFromMillis(Date.now()), name: "Fake GitHub" })
  const names = [...Object.values(HOSTS), "objects.githubusercontent.com", "localhost"]
  const leaf = await pki.client({
    commonName: HOSTS.web,
    profile: {
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      alternativeNames: names.map(value => ({ kind: "dns", value })),
    },
  })
  return { key: leaf.keyPem, cert: leaf.chainPem, ca: pki.root.certificatePem }
}
