import type { Static } from "typebox"
import type { ApprovalsPolicy, Quorum } from "../domain/authorization/approvals-policy.ts"
import { durationFrom } from "./durations.ts"
import type { ApprovalsForm } from "./forms/approvals.ts"
import type { Written } from "./written.ts"

export type WrittenApprovals = Static<typeof ApprovalsForm>

export function approvalsFrom({ document, value }: Written<WrittenApprovals>): ApprovalsPolicy {
  const { revision, evidence, repository, branch, rules, otherwise, reductions, emergency, roles = {} } = value
  return {
    file: document.file,
    revision,
    evidence,
    repository,
    branch,
    rules: rules.map(rule => ({ ...rule, require: quorumsFrom(rule.require) })),
    otherwise: quorumsFrom(otherwise),
    reductions: { ...reductions, require: quorumsFrom(reductions.require) },
    ...(emergency === undefined
      ? {}
      : {
          emergency: {
            require: quorumsFrom(emergency.require),
            classes: emergency.classes,
            maximum: durationFrom(emergency.maximum),
            reviewWithin: durationFrom(emergency.reviewWithin),
          },
        }),
    roles: new Map(Object.entries(roles).map(([name, role]) => [name, { name, ...role }])),
  }
}

function quorumsFrom(written: Readonly<Record<string, number>>): readonly Quorum[] {
  return Object.entries(written).map(([from, count]) => ({ from, count }))
}
