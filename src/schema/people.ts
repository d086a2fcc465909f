import type { Static } from "typebox"
import type { PeoplePolicy, Principal } from "../domain/policies.ts"
import type { PeopleForm } from "./forms/people.ts"
import { beside, report, type Written } from "./written.ts"

export type WrittenPeople = Static<typeof PeopleForm>

export function peopleFrom(written: Written<WrittenPeople>): PeoplePolicy {
  const { file } = written.document
  const principals = new Map<string, Principal>()
  for (const [index, each] of written.value.principals.entries()) {
    const { openpgp, kind = "person", ...rest } = each
    if (principals.has(each.name)) {
      report(written, "R40", ["principals", index, "name"], `another principal is called ${each.name}`)
      continue
    }
    const key = openpgp && { openpgp: { fingerprint: openpgp.fingerprint, file: beside(file, openpgp.key) } }
    principals.set(each.name, { ...rest, kind, ...key })
  }
  for (const name of Object.keys(written.value.groups)) {
    if (principals.has(name)) report(written, "R40", ["groups", name], `a principal is called ${name} too`)
  }
  const { groups, teams } = written.value
  return {
    file,
    principals,
    groups: new Map(Object.entries(groups)),
    ...(teams === undefined ? {} : { teams: new Map(Object.entries(teams)) }),
  }
}
