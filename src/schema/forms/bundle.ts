import { Type } from "typebox"
import { KEY_ALGORITHMS, REVOCATION_REASONS } from "../../domain/bundle.ts"
import { PROMOTION_GATES } from "../../domain/rollout/gates.ts"
import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, list, map, oneOf, set, text, variants, whole } from "./shared.ts"

const ChannelForm = closed({
  follow: Type.Optional(text(TEXTS.channel, "latest, or the channel that this one comes after")),
  after: Type.Optional(text(TEXTS.duration, "how long a version must have been there first, e.g. 24h")),
  rollout: Type.Optional(
    list(
      closed({
        percent: whole(1, 100, "of the consumers"),
        for: Type.Optional(text(TEXTS.duration, "how long before the next stage")),
      }),
      "to more and more consumers; the last stage is 100 percent",
    ),
  ),
  blueGreen: Type.Optional(
    closed(
      { keep: text(TEXTS.duration, "how long the version before is kept good") },
      "everybody at once, and back at once",
    ),
  ),
  versions: Type.Optional(text(TEXTS.range, "the versions that may be followed, e.g. <2.0.0")),
  pin: Type.Optional(text(TEXTS.version, "a hold: the channel stays at this version")),
  reason: Type.Optional(text(TEXTS.line, "why it is pinned")),
  until: Type.Optional(text(TEXTS.instantOrDay, "when the hold ends by itself")),
})

const VersionForm = closed({
  revoked: Type.Optional(
    closed(
      {
        reason: oneOf(REVOCATION_REASONS, "as in RFC 5280 §5.3.1"),
        incident: Type.Optional(text(TEXTS.line, "where the story is written down, e.g. INC-12")),
      },
      "takes the version back, for ever",
    ),
  ),
  deprecated: Type.Optional(
    closed(
      {
        from: text(TEXTS.instantOrDay, "today or later; the phases of the lifecycle policy follow"),
        reason: text(TEXTS.line, "e.g. superseded"),
        replacement: text(TEXTS.version, "the version to go to"),
        extended: Type.Optional(
          closed(
            { until: text(TEXTS.instantOrDay, "the new end of life"), reason: text(TEXTS.line) },
            "in an emergency: the end is put off",
          ),
        ),
      },
      "the version is on its way out",
    ),
  ),
  retry: Type.Optional(
    closed(
      { reason: text(TEXTS.line) },
      "lets a version that has failed be tried again; another failure wants another reason",
    ),
  ),
  reviewed: Type.Optional(
    closed(
      { by: set(text(TEXTS.name), "principals of policies/people.yaml"), reason: Type.Optional(text(TEXTS.line)) },
      "who has looked at it, where policy wants somebody to",
    ),
  ),
})

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
    bump: Type.Optional(oneOf(RELEASE_CLASSES, "the least class of the next release")),
    channels: Type.Optional(
      map(
        TEXTS.channel,
        ChannelForm,
        "which version clients get who ask for a channel; candidate and stable always exist",
      ),
    ),
    versions: Type.Optional(
      map(TEXTS.version, VersionForm, "decisions of people about versions; the numbers themselves are computed"),
    ),
    overrides: Type.Optional(
      list(
        closed({
          gate: oneOf(PROMOTION_GATES, "what is opened"),
          reason: text(TEXTS.line),
          until: text(TEXTS.instantOrDay, "when it closes again"),
          by: Type.Optional(text(TEXTS.name, "who answers for it: a principal of policies/people.yaml")),
        }),
        "gates that are opened by hand, for a time",
      ),
    ),
    reissue: Type.Optional(
      closed(
        {
          before: text(TEXTS.instantOrDay, "what was issued before it is replaced"),
          reason: text(TEXTS.line),
        },
        "a new version with a new key and certificate, for a reason that shows nowhere else",
      ),
    ),
  },
  "The standing right of one application to connect to one cluster.",
)
