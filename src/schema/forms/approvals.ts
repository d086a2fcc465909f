import { Type } from "typebox"
import { CHANGE_CLASSES, type ChangeClass, RIGHTS } from "../../domain/authorization/approvals-policy.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, list, map, oneOf, set, text, whole } from "./shared.ts"

const Quorums = map(TEXTS.name, whole(1, 99), "how many people of which group, or one person by name with 1")
const Environments = Type.Optional(set(text(TEXTS.name), "absent: all"))
const Clusters = Type.Optional(
  set(text(TEXTS.nameGlob), "names of clusters, with * for any run of characters; absent: all"),
)

/** Policies are never changed in a hurry. */
const EASED: readonly ChangeClass[] = CHANGE_CLASSES.filter(each => each !== "policy")

/** policies/approvals.yaml */
export const ApprovalsForm = closed(
  {
    ...header("Approvals"),
    revision: whole(1, 999_999_999, "one more with every edit of this file, so that no older one comes back"),
    evidence: oneOf(["github-reviews", "signed-approvals"], "where approvals are found"),
    repository: text(TEXTS.line, "what signed approvals call this repository, so that none is used in another"),
    branch: text(TEXTS.branch, "the branch that is acted on"),
    rules: list(
      closed({
        name: text(TEXTS.name),
        paths: Type.Optional(set(text(TEXTS.pathGlob), "* within a folder, ** over folders; absent: all")),
        classes: Type.Optional(set(oneOf(CHANGE_CLASSES), "absent: all")),
        environments: Environments,
        clusters: Clusters,
        require: Quorums,
      }),
      "each applies where all that it names matches; all that apply have to be met",
    ),
    otherwise: map(TEXTS.name, whole(1, 99), "where no rule applies"),
    reductions: closed(
      {
        maximumBundles: whole(0, 1_000_000, "one person takes away from at most so many bundles at once"),
        require: map(TEXTS.name, whole(1, 99), "from more than that"),
      },
      "what takes something away and gives nothing",
    ),
    emergency: Type.Optional(
      closed(
        {
          require: Quorums,
          classes: set(oneOf(EASED), "the changes that it is for"),
          maximum: text(TEXTS.duration, "the longest that an emergency lasts"),
          reviewWithin: text(TEXTS.duration, "after its end"),
        },
        "while an emergency declared in policies/emergencies/ lasts",
      ),
    ),
    roles: Type.Optional(
      map(
        TEXTS.name,
        closed({
          members: set(text(TEXTS.name), "groups or principals"),
          may: set(oneOf(RIGHTS)),
          clusters: Clusters,
          environments: Environments,
          versions: Type.Optional(text(TEXTS.range, "npm version range; absent: all")),
        }),
        "who may do what, where; a right that no role gives is everybody's",
      ),
    ),
  },
  "Who has to approve what.",
)
