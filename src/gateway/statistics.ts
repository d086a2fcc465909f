import type { GatewayEvent, OnEvent, RefusalReason } from "./events.ts"

/** Counters since the start. */
export interface GatewayCounters {
  readonly metadataAnswered: number
  readonly metadataRefused: number
  /** Connections that reached a node, those still open included. */
  readonly connections: number
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  /** Connections that were not taken, because too many were open. */
  readonly dropped: number
  /** Of connections that have closed. */
  readonly bytesFromClients: number
  readonly bytesFromNodes: number
}

/** Everything that is counted is an event first, so that logs and counters cannot disagree. */
export class Statistics {
  #counters: GatewayCounters = {
    metadataAnswered: 0,
    metadataRefused: 0,
    connections: 0,
    refused: {},
    dropped: 0,
    bytesFromClients: 0,
    bytesFromNodes: 0,
  }
  readonly #open = new Map<string, number>()

  get counters(): GatewayCounters {
    return this.#counters
  }

  openConnections(hostId: string): number {
    return this.#open.get(hostId) ?? 0
  }

  /** Counts, then passes on. */
  before(onEvent: OnEvent): OnEvent {
    return event => {
      this.#counters = this.#count(event)
      onEvent(event)
    }
  }

  #count(event: GatewayEvent): GatewayCounters {
    const now = this.#counters
    switch (event.kind) {
      case "metadata-answered":
        return { ...now, metadataAnswered: now.metadataAnswered + 1 }
      case "metadata-refused":
        return { ...now, metadataRefused: now.metadataRefused + 1 }
      case "connected":
        this.#open.set(event.hostId, this.openConnections(event.hostId) + 1)
        return { ...now, connections: now.connections + 1 }
      case "closed":
        this.#open.set(event.hostId, this.openConnections(event.hostId) - 1)
        return {
          ...now,
          bytesFromClients: now.bytesFromClients + event.bytesFromClient,
          bytesFromNodes: now.bytesFromNodes + event.bytesFromNode,
        }
      case "refused":
        return { ...now, refused: { ...now.refused, [event.reason]: (now.refused[event.reason] ?? 0) + 1 } }
      case "connection-limit":
      case "accept-failed":
        return { ...now, dropped: now.dropped + 1 }
      case "listening":
      case "node-unreachable":
      case "stopping":
        return now
    }
  }
}
