import { Type } from "typebox"
import { KEY_ALGORITHMS, REVOCATION_REASONS } from "../../domain/bundle.ts"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, map, oneOf, set, text, variants } from "./shared.ts"

/** bundles/<cluster>/<bundle>.yaml */
export const BundleForm = closed(
  {
    ...header("Bundle"),
    name: text(TEXTS.name, "the name of the file, without .yaml"),
    application: text(TEXTS.name, "groups the same application over several clusters"),
    owner: text(TEXTS.name, "a group in policies/people.yaml"),
    identity: text(TEXTS.identity, "SPIFFE ID, written into the certificate: what Cassandra maps to a role"),
    role: text(TEXTS.role, "the Cassandra role that the identity stands for"),
    keyspace: Type.Optional(text(TEXTS.keyspace, "written into config.json and the examples")),
    drivers: set(
      text(TEXTS.name),
      "platforms that the bundle comes with examples for; each must be supported in policies/drivers.yaml",
    ),
    key: variants(
      "source",
      [
        closed({
          source: exactly(
            "generated",
            "a new private key is made for every version and travels inside the encrypted bundle",
          ),
          algorithm: oneOf(KEY_ALGORITHMS, "kind and size of the key"),
        }),
        closed({
          source: exactly("csr", "the owner keeps the private key and commits a certificate request"),
          csr: text(TEXTS.path, "PEM file with the PKCS#10 request; relative to this folder"),
        }),
      ],
      "where the private key comes from",
    ),
    lifetime: Type.Optional(
      text(TEXTS.duration, "how long a certificate lives, e.g. 90d; the renewal policy says it where this does not"),
    ),
    recipients: set(text(TEXTS.name), "principals or groups in policies/people.yaml who can open the bundle"),
    channels: Type.Optional(
      closed(
        {
          candidate: Type.Optional(closed({ follow: exactly("latest") })),
          stable: Type.Optional(closed({ follow: exactly("candidate") })),
        },
        "which version clients get who ask for a channel",
      ),
    ),
    versions: Type.Optional(
      map(
        TEXTS.version,
        closed({
          revoked: Type.Optional(
            closed(
              {
                reason: oneOf(REVOCATION_REASONS, "as in RFC 5280 §5.3.1"),
                incident: Type.Optional(text(TEXTS.line, "where the story is written down, e.g. INC-12")),
              },
              "takes the version back, for ever",
            ),
          ),
        }),
        "decisions of people about versions; the numbers themselves are computed",
      ),
    ),
  },
  "The standing right of one application to connect to one cluster.",
)
