import type { ChangeCheck, ChangeEffects } from "../domain/forge/change-check.ts"
import type { Json } from "../domain/json.ts"
import { mustAct } from "../domain/lifecycle/impact.ts"
import { changesToWire } from "../domain/plan/wire.ts"
import { decisionJson, decisionText } from "./authorization.ts"
import { findingJson } from "./findings-json.ts"
import { impactJson } from "./impact.ts"
import { planRows } from "./plan.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** What merging does, whom it concerns, and who has to approve it. Findings are told of elsewhere. */
export function renderCheckText({ effect, authorization, base, head }: ChangeCheck, style: Style): string {
  const range = `${base.slice(0, 12)} -> ${head.slice(0, 12)}`
  return [
    `${paint("bold", range, style)}\n`,
    effect.known ? effectText(effect.value, style) : `what it would do: unknown, ${effect.why}\n`,
    authorization.known
      ? authorization.value === undefined
        ? "approvals: nobody asks for any\n"
        : decisionText(authorization.value, style)
      : `approvals: unknown, ${authorization.why}\n`,
  ].join("")
}

function effectText({ invalidations, begins, ends, impact }: ChangeEffects, style: Style): string {
  const over = planRows({ invalidations: [], steps: ends }).map(([kind = "", ...rest]) => [`no ${kind}`, ...rest])
  const rows = [...planRows({ invalidations, steps: begins }), ...over]
  const acting = impact.filter(mustAct)
  const people = acting.length === 0 ? "" : `${counted(acting.length, "bundle")} about which somebody must act\n`
  return rows.length === 0
    ? `${paint("green", "nothing", style)} is released, marked or pointed\n`
    : table(rows) + people
}

export function renderCheckJson({ base, head, findings, effect, authorization }: ChangeCheck): string {
  return resultJson("Check", {
    base,
    head,
    findings: findings.map(findingJson),
    effect: effect.known ? { known: true, ...effectJson(effect.value) } : { ...effect },
    authorization: authorization.known
      ? { known: true, ...(authorization.value && { decision: decisionJson(authorization.value) }) }
      : { ...authorization },
  })
}

function effectJson(effects: ChangeEffects): { readonly [key: string]: Json } {
  const { differences, impact, invalidations, begins, ends } = effects
  const { invalidations: campaigns, steps } = changesToWire({ invalidations, steps: begins })
  const { bundles = [] } = impactJson({ bundles: impact, owners: [], environments: [], recipients: [] })
  return {
    invalidations: campaigns as unknown as Json,
    begins: steps as unknown as Json,
    ends: changesToWire({ invalidations: [], steps: ends }).steps as unknown as Json,
    differences: differences as unknown as Json,
    impact: bundles,
  }
}
