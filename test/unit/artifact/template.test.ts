import { describe, expect, it } from "vitest"
import { renderTemplate } from "../../../src/artifact/template.ts"

const values = { host: "cass.example.com", keyspace: undefined }
const conditions = { password: true, keyspace: false }
const render = (template: string): string => renderTemplate(template, values, conditions)

describe("renderTemplate", () => {
  it("fills in values", () => {
    expect(render("a {{host}}, {X:-{{host}}} and {HOME}")).toBe("a cass.example.com, {X:-cass.example.com} and {HOME}")
  })

  it("shows the lines whose condition holds, and drops the marks", () => {
    expect(render("{{#password}}\nyes\n{{/password}}\n  {{^password}}\nno\n  {{/password}}\nend\n")).toBe("yes\nend\n")
  })

  it("asks for no value in lines that it does not show", () => {
    expect(render("{{#keyspace}}\n{{keyspace}}\n{{/keyspace}}")).toBe("")
  })

  it.each([
    ["an unknown value", "{{port}}", /port/],
    ["a value that is not there", "{{keyspace}}", /keyspace/],
    ["an unknown condition", "{{#tls}}\n{{/tls}}", /tls/],
    ["a nested condition", "{{#password}}\n{{#keyspace}}\n{{/keyspace}}\n{{/password}}", /inside/],
    ["a condition left open", "{{#password}}\nx", /close/],
    ["a condition closed twice", "{{/password}}", /not open/],
    ["a mark in the middle of a line", "x {{#password}}", /stray/],
    ["a half placeholder", "{{host", /stray/],
    ["spaces in a placeholder", "{{ host }}", /stray/],
  ])("refuses %s", (_, template, message) => {
    expect(() => render(template)).toThrow(message)
  })
})
