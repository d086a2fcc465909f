import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { ISSUE_LABELS, parseIssueRequest } from "../../../src/app/edits/issue-request.ts"

/** As GitHub writes the answers of a form. */
const issue = (answers: Readonly<Record<string, string>>): string =>
  Object.entries(answers)
    .map(([label, answer]) => `### ${label}\n\n${answer}\n\n`)
    .join("")

const NEEDED = {
  Cluster: "shop-prod",
  "Name of the bundle": "billing",
  Owner: "shop-team",
  "Cassandra role": "billing_rw",
  Drivers: "java, python",
}

interface IssueForm {
  readonly body: readonly {
    readonly type: string
    readonly attributes: { readonly label?: string }
    readonly validations?: { readonly required?: boolean }
  }[]
}

const form: IssueForm = parse(
  readFileSync(fileURLToPath(new URL("../../../templates/github/ISSUE_TEMPLATE/bundle.yml", import.meta.url)), "utf8"),
)

describe("a request in an issue", () => {
  it("is read by the labels of the form, with the rest left to its defaults", () => {
    expect(parseIssueRequest(issue({ ...NEEDED, Keyspace: "_No response_" }))).toEqual({
      cluster: "shop-prod",
      name: "billing",
      owner: "shop-team",
      role: "billing_rw",
      drivers: ["java", "python"],
    })
  })

  it("takes a certificate request out of the code that the form shows it as", () => {
    const pem = "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----"
    const read = parseIssueRequest(issue({ ...NEEDED, "Certificate request": `\`\`\`text\n${pem}\n\`\`\`` }))
    expect(read.certificateRequest).toBe(`${pem}\n`)
  })

  it("says which answers are missing", () => {
    expect(() => parseIssueRequest(issue({ Cluster: "shop-prod", Owner: "_No response_" }))).toThrow(
      "the issue does not answer: Name of the bundle, Owner, Cassandra role, Drivers",
    )
  })

  it("asks for every label in the form, and for no other", () => {
    const labels = form.body.filter(({ type }) => type !== "markdown").map(({ attributes }) => attributes.label)
    expect(labels).toEqual(Object.values(ISSUE_LABELS))
  })

  it("needs the answers that the form wants, and what it is for besides", () => {
    const required = form.body.filter(({ validations }) => validations?.required === true)
    expect(required.map(({ attributes }) => attributes.label)).toEqual([...Object.keys(NEEDED), "What it is for"])
  })
})
