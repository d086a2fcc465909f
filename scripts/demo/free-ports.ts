import { createServer } from "node:net"

/** The first of `count` consecutive loopback ports that nobody listens on. */
export async function freePorts(count: number): Promise<number> {
  for (let first = 29_080; first < 60_000; first += 50) {
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
  throw new Error(`no ${count} consecutive free ports on this machine`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })
}
