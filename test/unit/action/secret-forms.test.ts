import { describe, expect, it } from "vitest"
import { secretForms, secretsInConfig } from "../../../src/action/secret-forms.ts"

describe("secretForms", () => {
  it("are the secret and how it looks in JSON, in a URL and in base64, with and without its last newline", () => {
    expect(secretForms('a "b"\n')).toEqual(['a "b"', 'a \\"b\\"', "a%20%22b%22", "YSAiYiI=", "YSAiYiI", "YSAiYiIK"])
  })

  it.each([undefined, "", " \n"])("are none of %j: an empty mask would hide everything", nothing => {
    expect(secretForms(nothing)).toEqual([])
  })
})

describe("secretsInConfig", () => {
  it("are the passwords alone, not the document", () => {
    const config = { host: "h", keyStorePassword: "one", trustStorePassword: "two", pfxCertPassword: "three", port: 1 }
    expect(secretsInConfig(JSON.stringify(config))).toEqual(["one", "two", "three"])
  })

  it.each(["", "{", "null", "[1]", '"text"'])("are none in %j", text => {
    expect(secretsInConfig(text)).toEqual([])
  })
})
