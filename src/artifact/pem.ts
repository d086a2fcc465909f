import { ScbError } from "../domain/errors.ts"

/** One `-----BEGIN label-----` block (RFC 7468, and RFC 1421 headers as OpenSSL writes them). */
export interface PemBlock {
  readonly label: string
  readonly der: Uint8Array
  /** e.g. `Proc-Type: 4,ENCRYPTED`; empty for most. */
  readonly headers: Readonly<Record<string, string>>
}

/** Lines of 64 characters, LF, with a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n")
}

/**
 * All blocks, in order; any text between them and CRLF line ends are ignored. No block at all gives an empty list;
 * a block that is begun and broken throws `key-unreadable`, so that no certificate of a file gets lost unseen.
 */
export function decodePem(source: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { readonly label: string; readonly lines: string[] } | undefined
  for (const [index, untrimmed] of source.split("\n").entries()) {
    const line = untrimmed.trim()
    const [, edge, label = ""] = /^-----(BEGIN|END) ([^-]+)-----$/.exec(line) ?? []
    if (edge === "BEGIN" && open === undefined) open = { label, lines: [] }
    else if (edge === "END" && open?.label === label) {
      blocks.push(closeBlock(open.label, open.lines, index))
      open = undefined
    } else if (edge !== undefined) throw broken(index, `a ${edge} of ${label} out of place`)
    else open?.lines.push(line)
  }
  if (open !== undefined) throw broken(source.split("\n").length - 1, `no end of ${open.label}`)
  return blocks
}

/** DER of every certificate, in order. Throws `key-unreadable` when the text holds none, or anything else that is PEM. */
export function decodeCertificates(source: string): readonly Uint8Array[] {
  const blocks = decodePem(source)
  const stranger = blocks.find(block => block.label !== "CERTIFICATE")
  if (blocks.length === 0 || stranger !== undefined) {
    throw new ScbError("key-unreadable", `expected certificates in PEM, got ${stranger?.label ?? "no PEM at all"}`)
  }
  return blocks.map(block => block.der)
}

function closeBlock(label: string, lines: readonly string[], index: number): PemBlock {
  const blank = lines.indexOf("")
  const headerLines = lines[0]?.includes(":") && blank > 0 ? lines.slice(0, blank) : []
  const body = lines.slice(headerLines.length).join("")
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body) || body.length % 4 !== 0) throw broken(index, `no base64 in ${label}`)
  const headers = headerLines.map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()])
  return { label, der: new Uint8Array(Buffer.from(body, "base64")), headers: Object.fromEntries(headers) }
}

function broken(lineIndex: number, what: string): ScbError {
  return new ScbError("key-unreadable", `malformed PEM at line ${lineIndex + 1}: ${what}`)
}
