import { gzipSync } from "node:zlib"
import {
  type AnswerParts,
  type Document,
  document,
  encodeParts,
  errorParts,
  goodParts,
  oneWrite,
} from "./metadata-answer.ts"
import type { Answering, MetadataRequest, Wire } from "./metadata-server.ts"
import type { LiveMutation } from "./mutation.ts"
import { type Contact, HOST_IDS } from "./setting.ts"

/** What can be wrong with the answer to `GET /metadata`. */
export const metadataMutations: readonly LiveMutation[] = [
  ...statusMutations(),
  ...headerMutations(),
  ...wireMutations(),
  ...portMutations(),
  ...textMutations(),
  ...documentMutations(),
  ...contactPointMutations(),
  ...datacenterMutations(),
  ...proxyMutations(),
]

function mutation(id: string, title: string, answering: (contact: Contact) => Answering): LiveMutation {
  return { id: `metadata-${id}`, part: "metadata", title, change: () => ({ answering }) }
}

/** Other parts of the good answer, in one write. */
function parts(
  id: string,
  title: string,
  change: (good: AnswerParts, request: MetadataRequest) => Partial<AnswerParts>,
): LiveMutation {
  return mutation(id, title, contact => request => {
    const good = goodParts(contact)
    return oneWrite({ ...good, ...change(good, request) })
  })
}

function body(id: string, title: string, change: (good: string) => string | Uint8Array): LiveMutation {
  return parts(id, title, good => ({ body: change(String(good.body)) }))
}

function fields(id: string, title: string, change: (good: Document, contact: Contact) => unknown): LiveMutation {
  return mutation(
    id,
    title,
    contact => () => oneWrite({ ...goodParts(contact), body: JSON.stringify(change(document(contact), contact)) }),
  )
}

/** Undefined removes a field. */
function contactInfo(
  id: string,
  title: string,
  change: Readonly<Record<string, unknown>> | ((contact: Contact) => Readonly<Record<string, unknown>>),
): LiveMutation {
  return fields(id, title, (good, contact) => ({
    ...good,
    contact_info: { ...good.contact_info, ...(typeof change === "function" ? change(contact) : change) },
  }))
}

function wire(
  id: string,
  title: string,
  change: (good: AnswerParts, request: MetadataRequest) => Wire | undefined,
): LiveMutation {
  return mutation(id, title, contact => request => change(goodParts(contact), request))
}

function statusMutations(): readonly LiveMutation[] {
  const status = (code: string, title: string) => parts(code.slice(0, 3), title, () => ({ status: code }))
  const error = (code: string) =>
    parts(`error-${code.slice(0, 3)}`, `the metadata service answers ${code}`, () => errorParts(code))
  const redirect = (code: string) =>
    mutation(
      `redirect-${code.slice(0, 3)}`,
      `the metadata service redirects (${code})`,
      contact => request =>
        request.target.startsWith("/moved")
          ? oneWrite(goodParts(contact))
          : oneWrite({
              status: code,
              headers: [["Location", `https://${request.headers.get("host")}/moved`]],
              body: "",
            }),
    )
  return [
    status("201 Created", "the good answer has status 201"),
    status("203 Non-Authoritative Information", "the good answer has status 203"),
    status("500 Internal Server Error", "the good answer has status 500"),
    status("404 Not Found", "the good answer has status 404"),
    parts("204", "the answer has status 204 and no body", () => ({
      status: "204 No Content",
      headers: [["Content-Length", "0"]],
      body: "",
    })),
    error("401 Unauthorized"),
    error("403 Forbidden"),
    error("404 Not Found"),
    error("503 Service Unavailable"),
    redirect("301 Moved Permanently"),
    redirect("302 Found"),
    redirect("307 Temporary Redirect"),
  ]
}

function headerMutations(): readonly LiveMutation[] {
  const type = (id: string, title: string, ...value: readonly string[]) =>
    parts(id, title, () => ({ headers: value.map(each => ["Content-Type", each] as const) }))
  return [
    type("type-charset", "the content type has a charset", "application/json; charset=utf-8"),
    type("type-text", "the content type is text/plain", "text/plain"),
    type("type-octets", "the content type is application/octet-stream", "application/octet-stream"),
    type("type-text-json", "the content type is text/json", "text/json"),
    type("type-capitals", "the content type is in capitals", "APPLICATION/JSON"),
    type("type-none", "there is no content type"),
    parts("header-lower-case", "header names are lower-case", good => ({
      headers: [
        ["content-type", "application/json"],
        ["content-length", String(good.body.length)],
      ],
    })),
    parts("header-many", "there are many more headers", good => ({
      headers: [
        ...good.headers,
        ["Server", "nginx"],
        ["Date", "Sun, 22 Nov 2026 10:00:00 GMT"],
        ["X-Frame-Options", "DENY"],
      ],
    })),
    parts("compressed-always", "the body is always compressed", good => ({
      headers: [...good.headers, ["Content-Encoding", "gzip"]],
      body: gzipSync(good.body),
    })),
    parts("compressed-where-asked", "the body is compressed for those who ask", (good, request) =>
      request.headers.get("accept-encoding")?.includes("gzip") === true
        ? { headers: [...good.headers, ["Content-Encoding", "gzip"]], body: gzipSync(good.body) }
        : {},
    ),
    wire("length-none", "there is no content length, and the connection is closed", good => {
      const [head, content] = encodeParts(good)
      return { pieces: [Buffer.concat([Buffer.from(head.replace(/Content-Length: \d+\r\n/, "")), content])] }
    }),
    parts("length-too-large", "the content length is too large", good => ({
      headers: [...good.headers, ["Content-Length", String(good.body.length + 10)]],
    })),
    parts("length-too-small", "the content length is too small", good => ({
      headers: [...good.headers, ["Content-Length", String(good.body.length - 10)]],
    })),
  ]
}

function wireMutations(): readonly LiveMutation[] {
  const chunked = (good: AnswerParts, ...sizes: readonly number[]): Wire => {
    const [head, content] = encodeParts({ ...good, headers: [...good.headers, ["Transfer-Encoding", "chunked"]] })
    const chunks: Buffer[] = []
    let rest = content
    for (const size of [...sizes, content.length]) {
      const chunk = rest.subarray(0, size)
      rest = rest.subarray(size)
      if (chunk.length > 0)
        chunks.push(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]))
    }
    return { pieces: [Buffer.concat([Buffer.from(head), ...chunks, Buffer.from("0\r\n\r\n")])] }
  }
  return [
    wire("chunked", "the body is chunked", good => chunked(good)),
    wire("chunked-in-two", "the body comes in two chunks", good => chunked(good, 40)),
    wire("chunked-for-1-1", "the body is chunked for HTTP/1.1 alone", (good, { version }) =>
      version === "1.1" ? chunked(good) : oneWrite(good),
    ),
    wire("head-and-body", "head and body are written apart", good => ({ pieces: encodeParts(good) })),
    wire("body-in-two", "the body is written in two parts", good => {
      const [head, content] = encodeParts(good)
      return { pieces: [Buffer.concat([Buffer.from(head), content.subarray(0, 60)]), content.subarray(60)] }
    }),
    wire("byte-by-byte", "every 20 bytes are written apart", good => {
      const bytes = Buffer.concat(encodeParts(good).map(each => Buffer.from(each)))
      const count = Math.ceil(bytes.length / 20)
      return { pieces: Array.from({ length: count }, (_, n) => bytes.subarray(n * 20, n * 20 + 20)), pauseMillis: 5 }
    }),
    wire("http-1-0-answer", "the answer is of HTTP/1.0", good => {
      const [head, content] = encodeParts(good)
      return { pieces: [Buffer.concat([Buffer.from(head.replace("HTTP/1.1", "HTTP/1.0")), content])] }
    }),
    wire("http-1-0-refused", "HTTP/1.0 is refused", (good, { version }) =>
      oneWrite(version === "1.0" ? errorParts("505 HTTP Version Not Supported") : good),
    ),
    wire("query-refused", "a query string is refused", (good, { target }) =>
      oneWrite(target.includes("?") ? errorParts("404 Not Found") : good),
    ),
    wire("kept-open", "the connection stays open after the answer", good => {
      const [head, content] = encodeParts(good)
      return { pieces: [Buffer.concat([Buffer.from(head.replace("Connection: close\r\n", "")), content])], keep: true }
    }),
    wire("closed-for-nothing", "the connection is closed without an answer", () => ({ pieces: [] })),
    wire("closed-in-the-head", "the connection is closed within the head", good => ({
      pieces: [encodeParts(good)[0].slice(0, 30)],
    })),
    wire("closed-in-the-body", "the connection is closed within the body", good => {
      const [head, content] = encodeParts(good)
      return { pieces: [Buffer.concat([Buffer.from(head), content.subarray(0, 60)])] }
    }),
    wire("not-http", "something else than HTTP is spoken", () => ({ pieces: ["220 mail.lab.test ESMTP\r\n"] })),
    wire("slow", "the answer takes two seconds", good => ({ ...oneWrite(good), afterMillis: 2_000 })),
    wire("silent", "the answer never comes", () => undefined),
  ]
}

function portMutations(): readonly LiveMutation[] {
  const port = (metadataPort: "closed" | "plain" | "silent", title: string): LiveMutation => ({
    id: `metadata-port-${metadataPort}`,
    part: "metadata",
    title,
    change: () => ({ metadataPort }),
  })
  return [
    port("closed", "nobody listens on the metadata port"),
    port("plain", "the metadata port does not speak TLS"),
    port("silent", "the metadata port says nothing"),
  ]
}

function textMutations(): readonly LiveMutation[] {
  const spaces = (size: number) => (good: string) => `${good.slice(0, -1)}${" ".repeat(size - good.length)}}`
  return [
    body("pretty", "the JSON is indented", good => JSON.stringify(JSON.parse(good), null, 2)),
    body("7-kb", "the body has 7,500 bytes", spaces(7_500)),
    body("9-kb", "the body has 9,000 bytes", spaces(9_000)),
    body("20-kb", "the body has 20,000 bytes", spaces(20_000)),
    body("empty", "the body is empty", () => ""),
    body("html", "the body is HTML", () => "<html><body>Welcome</body></html>"),
    body("cut", "the JSON is cut", good => good.slice(0, -20)),
    body("null", "the body is null", () => "null"),
    body("array", "the body is an array", good => `[${good}]`),
    body("byte-order-mark", "the JSON begins with a byte order mark", good => `\uFEFF${good}`),
    body("trailing-text", "text follows the JSON", good => `${good}\nok`),
    body("trailing-newline", "a line end follows the JSON", good => `${good}\n`),
    body("utf-16", "the JSON is in UTF-16", good => Buffer.from(good, "utf16le")),
  ]
}

function documentMutations(): readonly LiveMutation[] {
  return [
    fields("more-fields", "there are fields that nobody knows", good => ({ ...good, more: { of: ["this"] } })),
    fields("no-version", "the field version is missing", good => ({ ...good, version: undefined })),
    fields("version-2", "the version is 2", good => ({ ...good, version: 2 })),
    fields("no-contact-info", "contact_info is missing", good => ({ ...good, contact_info: undefined })),
    fields("contact-info-null", "contact_info is null", good => ({ ...good, contact_info: null })),
    contactInfo("no-type", "contact_info.type is missing", { type: undefined }),
    contactInfo("other-type", "contact_info.type is another", { type: "direct" }),
  ]
}

function contactPointMutations(): readonly LiveMutation[] {
  const stranger = "bbbbbbbb-0000-4000-8000-00000000000b"
  const points = (id: string, title: string, contact_points: unknown) => contactInfo(id, title, { contact_points })
  return [
    points("points-missing", "contact_points is missing", undefined),
    points("points-null", "contact_points is null", null),
    points("points-empty", "contact_points is empty", []),
    points("points-text", "contact_points is a string", HOST_IDS[0]),
    points("points-numbers", "contact_points are numbers", [1, 2]),
    points("points-one", "one contact point of two is listed", HOST_IDS.slice(0, 1)),
    points("points-twice", "a contact point is listed twice", [HOST_IDS[0], ...HOST_IDS]),
    points(
      "points-capitals",
      "contact points are in capitals",
      HOST_IDS.map(id => id.toUpperCase()),
    ),
    points("points-addresses", "contact points are addresses", ["10.0.0.1", "10.0.0.2"]),
    points("points-names", "contact points are host names", ["node1.lab.test", "node2.lab.test"]),
    points("points-unknown-too", "an unknown contact point is listed too", [...HOST_IDS, stranger]),
    points("points-unknown-first", "an unknown contact point is listed first", [stranger, ...HOST_IDS]),
    points("points-unknown-alone", "an unknown contact point is listed alone", [stranger]),
  ]
}

function datacenterMutations(): readonly LiveMutation[] {
  const local = (id: string, title: string, local_dc: unknown) => contactInfo(id, title, { local_dc })
  const region = (id: string, title: string, value: unknown) => fields(id, title, good => ({ ...good, region: value }))
  return [
    local("dc-missing", "local_dc is missing", undefined),
    local("dc-null", "local_dc is null", null),
    local("dc-empty", "local_dc is empty", ""),
    local("dc-number", "local_dc is a number", 1),
    local("dc-other", "local_dc is another data centre", "dc2"),
    local("dc-capitals", "local_dc is in capitals", "DC1"),
    region("region-missing", "region is missing", undefined),
    region("region-null", "region is null", null),
    region("region-empty", "region is empty", ""),
    region("region-other", "region is not the data centre", "eu-west-1"),
    region("region-number", "region is a number", 1),
  ]
}

function proxyMutations(): readonly LiveMutation[] {
  const proxy = (id: string, title: string, change: (address: string, port: string) => unknown) =>
    contactInfo(`proxy-${id}`, title, contact => ({
      sni_proxy_address: change(contact.proxy, contact.proxy.slice(contact.proxy.lastIndexOf(":") + 1)),
    }))
  const name = (address: string): string => address.slice(0, address.lastIndexOf(":"))
  return [
    proxy("missing", "sni_proxy_address is missing", () => undefined),
    proxy("null", "sni_proxy_address is null", () => null),
    proxy("empty", "sni_proxy_address is empty", () => ""),
    proxy("number", "sni_proxy_address is a number", (_, port) => Number(port)),
    proxy("without-port", "sni_proxy_address has no port", name),
    proxy("port-empty", "the port of sni_proxy_address is empty", address => `${name(address)}:`),
    proxy("port-0", "the port of sni_proxy_address is 0", address => `${name(address)}:0`),
    proxy("port-70000", "the port of sni_proxy_address is 70000", address => `${name(address)}:70000`),
    proxy("port-word", "the port of sni_proxy_address is a word", address => `${name(address)}:cql`),
    proxy("url", "sni_proxy_address is a URL", address => `https://${address}`),
    proxy("blank", "a blank follows sni_proxy_address", address => `${address} `),
    proxy("list", "sni_proxy_address is a list", address => [address]),
  ]
}
