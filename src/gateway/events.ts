import type { HelloProblem } from "./client-hello.ts"
import type { Route } from "./route.ts"

export type RefusalReason =
  | HelloProblem
  | "hello-timeout"
  | Extract<Route, { readonly kind: "refused" }>["reason"]
  | "no-node-reachable"

/** `idle` also stands for a side that stayed half-closed; `broken` for a reset or another error of either side. */
export type CloseCause = "ended" | "idle" | "broken" | "stopped"

/**
 * What happens, for logs: one flat object each, without secrets. `peer` is the client's `address:port`; text that a
 * client chose is only there after it was checked to be a DNS name or a host id.
 */
export type GatewayEvent =
  | { readonly kind: "listening"; readonly role: "metadata" | "cql"; readonly port: number }
  /** `certificateSerial` is lower-case hexadecimal, as in the ledger. */
  | {
      readonly kind: "metadata-answered"
      readonly peer: string
      readonly status: number
      readonly certificateSerial: string
    }
  /**
   * The handshake failed; `reason` is a code of Node.js or OpenSSL, e.g. `CERT_HAS_EXPIRED`. No `peer` where Node.js has
   * closed the socket before it says so: for a certificate that does not verify.
   */
  | { readonly kind: "metadata-refused"; readonly peer?: string; readonly reason: string }
  | { readonly kind: "connected"; readonly peer: string; readonly hostId: string }
  | {
      readonly kind: "closed"
      readonly peer: string
      readonly hostId: string
      readonly cause: CloseCause
      readonly bytesFromClient: number
      readonly bytesFromNode: number
    }
  | { readonly kind: "refused"; readonly peer: string; readonly reason: RefusalReason; readonly serverName?: string }
  | { readonly kind: "node-unreachable"; readonly hostId: string; readonly address: string; readonly reason: string }
  | { readonly kind: "connection-limit"; readonly role: "metadata" | "cql" }
  /** The system gave no socket, e.g. `EMFILE`: too many open files. */
  | { readonly kind: "accept-failed"; readonly role: "metadata" | "cql"; readonly reason: string }
  | { readonly kind: "stopping" }

export type OnEvent = (event: GatewayEvent) => void
