import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, list, map, oneOf, set, text, whole } from "./shared.ts"

/** policies/people.yaml */
export const PeopleForm = closed(
  {
    ...header("People"),
    principals: list(
      closed({
        name: text(TEXTS.name, "how other files speak of this person or machine"),
        kind: Type.Optional(oneOf(["person", "machine"], "person unless said otherwise")),
        github: Type.Optional(
          whole(1, Number.MAX_SAFE_INTEGER, "numeric GitHub user id: logins can be renamed and taken over"),
        ),
        login: Type.Optional(
          text(TEXTS.githubLogin, "what GitHub shows; for CODEOWNERS and for readers, never compared"),
        ),
        openpgp: Type.Optional(
          closed(
            {
              fingerprint: text(TEXTS.fingerprint, "full fingerprint of the key, 40 upper-case hexadecimal digits"),
              key: text(TEXTS.path, "file with the armored public key; relative to this folder"),
            },
            "the key to which bundles are encrypted",
          ),
        ),
      }),
      "everybody, human or not",
    ),
    groups: map(TEXTS.name, set(text(TEXTS.name)), "group names and their principals"),
    teams: Type.Optional(
      map(TEXTS.name, text(TEXTS.githubTeam), "groups that are teams on GitHub too; for CODEOWNERS, never compared"),
    ),
  },
  "Who there is: principals, their keys, and groups of them.",
)
