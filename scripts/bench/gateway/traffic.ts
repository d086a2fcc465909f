/** What load and nodes agree on. Sizes are those of a small CQL query and its answer, frame header included. */
export const REQUEST = Buffer.alloc(120, 0x07)
export const RESPONSE = Buffer.alloc(240, 0x08)
/** A node's answer to a ClientHello, before anything else. */
export const GREETING = Buffer.of(0x16)

/** What a node does with a connection, after its greeting. */
export const NODE_KINDS = ["answers", "streams", "tls"] as const
/** One response for each request; data without end in both directions; a handshake with client certificates. */
export type NodeKind = (typeof NODE_KINDS)[number]

export interface NodeAddress {
  readonly hostId: string
  readonly kind: NodeKind
  readonly port: number
}

/** Where a connection is to be opened, and who is asked for there. */
export interface Target {
  readonly port: number
  readonly hostId: string
}

/** PEM. */
export interface TlsFiles {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** What a load process does. `lanes`: how much at once. */
export type Work =
  | TimedWork
  /** Opens connections and keeps them. */
  | { readonly kind: "hold"; readonly lanes: number }
  /** A request on each connection that is kept. */
  | { readonly kind: "ask" }
  | { readonly kind: "release" }

export type TimedWork =
  /** Opens a connection, waits for the greeting and closes it, again and again; with `tls` a whole handshake. */
  | { readonly kind: "connections"; readonly lanes: number; readonly millis: number; readonly tls?: TlsFiles }
  /** Sends and receives as much as goes. */
  | { readonly kind: "bytes"; readonly lanes: number; readonly millis: number }
  /** So many requests a second over all lanes; or, in each, the next one after each response. */
  | { readonly kind: "requests"; readonly lanes: number; readonly millis: number; readonly perSecond?: number }

export type Task = Work & { readonly targets: readonly Target[] }

export interface Done {
  /** Connections, bytes, or responses. */
  readonly count: number
  /** From request to response. */
  readonly latenciesMillis: readonly number[]
}
