import type { Server, Socket } from "node:net"
import { ScbError } from "../domain/errors.ts"
import type { OnEvent } from "./events.ts"

export interface ListenAddress {
  /** `0.0.0.0`, `::`, `127.0.0.1`, … */
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
}

/** Resolves with the port. Throws `port-in-use` or `gateway-misconfigured`. */
export function listen(server: Server, { address, port }: ListenAddress, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(listenError(`${what} at ${address}:${port}`, cause))
    server.once("error", onError)
    server.listen({ host: address, port }, () => {
      server.off("error", onError)
      const bound = server.address()
      resolve(bound !== null && typeof bound === "object" ? bound.port : port)
    })
  })
}

function listenError(subject: string, cause: NodeJS.ErrnoException): ScbError {
  if (cause.code === "EADDRINUSE") {
    return new ScbError("port-in-use", `${subject}: the port is in use`, {
      cause,
      hint: "stop the other program, or listen elsewhere",
    })
  }
  const hint =
    cause.code === "EACCES"
      ? "ports below 1024 need a privilege; choose a higher one"
      : "choose an address of this machine"
  return new ScbError("gateway-misconfigured", `${subject}: cannot listen (${cause.code ?? "unknown"})`, {
    cause,
    hint,
  })
}

/** Reports connections that the server or the system would not take. Without it a lack of file descriptors would end the process. */
export function reportLimits(server: Server, role: "metadata" | "cql", onEvent: OnEvent): void {
  server.on("drop", () => onEvent({ kind: "connection-limit", role }))
  server.on("error", error => {
    if (server.listening) onEvent({ kind: "accept-failed", role, reason: codeOf(error) })
  })
}

/** `ECONNREFUSED`, `EMFILE`, …; the class where an error has no code. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "error"
  return "code" in error ? String(error.code) : error.name
}

/** `address:port` of the other side, for events. */
export function peerOf(socket: Socket): string {
  const { remoteAddress = "unknown", remotePort = 0 } = socket
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** The connections of a server, so that it can end them. */
export class OpenSockets {
  readonly #open = new Set<Socket>()
  readonly #waiting: (() => void)[] = []

  get size(): number {
    return this.#open.size
  }

  add(socket: Socket): void {
    this.#open.add(socket)
    socket.on("close", () => {
      this.#open.delete(socket)
      if (this.#open.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
    })
  }

  /** Resolves when the last one has closed, after `graceMillis` by force. */
  async drain(graceMillis: number): Promise<void> {
    if (this.#open.size === 0) return
    const timer = setTimeout(() => this.destroy(), graceMillis)
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    clearTimeout(timer)
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
