export interface HelloParts {
  /** Absent: no server_name extension. */
  readonly serverName?: string
  /** Ready extensions before the server name, e.g. GREASE. */
  readonly before?: readonly Buffer[]
  readonly after?: readonly Buffer[]
  /** Instead of a list of extensions. */
  readonly rawExtensions?: Buffer
}

export const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}
export const vector = (lengthBytes: number, content: Buffer): Buffer =>
  Buffer.concat([uint(content.length, lengthBytes), content])
export const extension = (type: number, content: Buffer): Buffer => Buffer.concat([uint(type, 2), vector(2, content)])
export const serverNameExtension = (name: string, type = 0): Buffer =>
  extension(0, vector(2, Buffer.concat([uint(type, 1), vector(2, Buffer.from(name, "latin1"))])))

/** The handshake message (RFC 8446 §4.1.2), without records. */
export function helloMessage({ serverName, before = [], after = [], rawExtensions }: HelloParts): Buffer {
  const named = serverName === undefined ? [] : [serverNameExtension(serverName)]
  const extensions = rawExtensions ?? vector(2, Buffer.concat([...before, ...named, ...after]))
  const body = Buffer.concat([
    Buffer.of(3, 3),
    Buffer.alloc(32, 0xab),
    vector(1, Buffer.alloc(32, 0xcd)),
    vector(2, Buffer.of(0x0a, 0x0a, 0x13, 0x01)),
    vector(1, Buffer.of(0)),
    extensions,
  ])
  return Buffer.concat([Buffer.of(1), vector(3, body)])
}

/** Records of the given payload sizes; the last takes the rest. */
export function records(message: Buffer, sizes: readonly number[] = [], type = 22): Buffer {
  const pieces: Buffer[] = []
  let rest = message
  for (const size of sizes) {
    pieces.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  if (rest.length > 0) pieces.push(rest)
  return Buffer.concat(pieces.flatMap(piece => [Buffer.of(type, 3, 1), vector(2, piece)]))
}
