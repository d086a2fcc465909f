import { describe, expect, it } from "vitest"
import { formatSourceAddress, parseSourceAddress } from "../../../src/domain/source-address.ts"

/** What people write, and what it is remembered as; undefined where it is refused. */
const ADDRESSES: Readonly<Record<string, string | undefined>> = {
  "/mnt/releases": "/mnt/releases",
  "../releases": "../releases",
  "C:\\releases": "C:\\releases",
  "https://mirror.example.com": "https://mirror.example.com",
  "https://Mirror.example.com:8443/scb//": "https://mirror.example.com:8443/scb",
  "http://127.0.0.1:8080": "http://127.0.0.1:8080",
  "github:Acme/Bundles": "github:acme/bundles",
  "github:https://github.com/acme/bundles": "github:acme/bundles",
  "github:https://github.example.com/acme/bundles": "github:https://github.example.com/acme/bundles",
  "http://mirror.example.com": undefined,
  "ftp://mirror.example.com": undefined,
  "file:///mnt/releases": undefined,
  "https://me:secret@mirror.example.com": undefined,
  "https://mirror.example.com/?a=b": undefined,
  "https://": undefined,
  "github:acme": undefined,
  "github:acme/bundles/more": undefined,
  "github:-acme/bundles": undefined,
  "github:acme/..": undefined,
  "github:https://github.example.com/acme/.": undefined,
  "github:http://github.example.com/acme/bundles": undefined,
  "github:https://t0ken@github.example.com/acme/bundles": undefined,
}

describe("the address of a source", () => {
  it.each(Object.entries(ADDRESSES))("%s is remembered as %s", (text, remembered) => {
    const address = parseSourceAddress(text)
    expect(address && formatSourceAddress(address)).toBe(remembered)
  })

  it("stays what it is when it is written down and read again", () => {
    for (const remembered of Object.values(ADDRESSES).filter(each => each !== undefined)) {
      const again = parseSourceAddress(remembered)
      expect(again && formatSourceAddress(again)).toBe(remembered)
    }
  })
})
