import { createServer } from "node:net"
import { expect, it } from "vitest"
import type { GatewayEvent } from "../../../src/gateway/events.ts"
import { listen, reportLimits } from "../../../src/gateway/sockets.ts"

it("goes on when the system has no socket for a connection", async () => {
  const events: GatewayEvent[] = []
  const server = createServer()
  reportLimits(server, "cql", event => events.push(event))
  await listen(server, { address: "127.0.0.1", port: 0 }, "test")

  server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }))
  server.close()

  expect(events).toEqual([{ kind: "accept-failed", role: "cql", reason: "EMFILE" }])
})
