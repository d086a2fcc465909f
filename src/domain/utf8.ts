/** Text as bytes, and back. Bytes that are no UTF-8 become U+FFFD: whoever must tell decodes strictly. */
export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function decodeUtf8(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}
