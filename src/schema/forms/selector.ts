import { Type } from "typebox"
import { KEY_ALGORITHMS } from "../../domain/bundle.ts"
import { TEXTS } from "../texts.ts"
import { closed, oneOf, set, text } from "./shared.ts"

/** Which versions a campaign, an advisory or an invalidation is about. */
export const SelectorForm = closed(
  {
    clusters: Type.Optional(set(text(TEXTS.name))),
    bundles: Type.Optional(set(text(TEXTS.glob), "full names; * stands for any run of characters")),
    environments: Type.Optional(set(text(TEXTS.name))),
    owners: Type.Optional(set(text(TEXTS.name), "groups that own bundles")),
    versions: Type.Optional(text(TEXTS.range, "version range, e.g. <1.4.0")),
    issuers: Type.Optional(set(text(TEXTS.sha256), "SHA-256 of issuing certificates")),
    issuedFrom: Type.Optional(text(TEXTS.instantOrDay, "published at this instant or later")),
    issuedBefore: Type.Optional(text(TEXTS.instantOrDay, "published before this instant")),
    serials: Type.Optional(set(text(TEXTS.serial), "serials of certificates")),
    keys: Type.Optional(set(text(TEXTS.sha256), "SHA-256 of public keys (SubjectPublicKeyInfo)")),
    algorithms: Type.Optional(set(oneOf(KEY_ALGORITHMS))),
    drivers: Type.Optional(set(text(TEXTS.name), "platforms that the bundle was made for")),
  },
  "some of all versions: all that is written must fit, and of each list one member",
)
