import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"
import { inject } from "vitest"
import type { TestProject } from "vitest/node"
import {
  type CassandraAuthentication,
  type CassandraCluster,
  type ClusterAccess,
  executeAsAdmin,
  startCassandra,
} from "./cassandra.ts"
import type { ServerTls, Settings } from "./cassandra-node.ts"
import { exportPki, importPki } from "./pki.ts"

/** Of each mode one, on addresses of its own: 127.0.0.81 and .82, 127.0.0.91 and .92. */
const NETWORKS: Readonly<Record<CassandraAuthentication, number>> = { password: 8, "mutual-tls": 9 }

/** A running cluster that test files use one after the other: who changes it puts it back. */
export type SharedCluster = Omit<CassandraCluster, "log" | "stop"> & { log(): Promise<string> }

declare module "vitest" {
  interface ProvidedContext {
    /** Where the process that owns the clusters listens. */
    readonly clusters: string
  }
}

/** For `globalSetup`, in scripts/in-namespace.sh: starts a cluster when a test first asks for it, and ends all of them after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (Object.keys(networkInterfaces()).some(name => name !== "lo"))
    throw new Error("these tests want a network of their own: npm run interop -- [file]")
  const clusters = new Map<CassandraAuthentication, Promise<CassandraCluster>>()
  const cluster = (authentication: CassandraAuthentication): Promise<CassandraCluster> => {
    const known = clusters.get(authentication)
    if (known !== undefined) return known
    const starting = startCassandra({ authentication, network: NETWORKS[authentication] })
    clusters.set(authentication, starting)
    return starting
  }
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
    try {
      const { authentication, ...call } = JSON.parse(body) as Call
      response.end(JSON.stringify((await answer(await cluster(authentication), call)) ?? null))
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    }
  })
  server.requestTimeout = 0
  await once(server.listen(0, "127.0.0.1"), "listening")
  project.provide("clusters", `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    for (const started of await Promise.allSettled(clusters.values()))
      if (started.status === "fulfilled") await started.value.stop()
  }
}

type Call = { readonly authentication: CassandraAuthentication } & Question

type Question =
  | { readonly ask: "access" | "log" }
  | { readonly ask: "replaceTls"; readonly change: Partial<ServerTls> }
  | { readonly ask: "restart"; readonly settings: Settings }

async function answer(cluster: CassandraCluster, question: Question): Promise<unknown> {
  switch (question.ask) {
    case "access": {
      const { authentication, datacenter, nodes, hostIds, admin } = cluster
      const access: ClusterAccess = { authentication, datacenter, nodes, hostIds, admin }
      return { access, pki: exportPki(cluster.pki) }
    }
    case "log":
      return cluster.log()
    case "replaceTls":
      return cluster.replaceTls(question.change)
    case "restart":
      return cluster.restart(question.settings)
  }
}

/** The cluster of this mode; starts it, in half a minute, when no test has asked before. */
export async function sharedCluster(authentication: CassandraAuthentication): Promise<SharedCluster> {
  const ask = async (question: Question): Promise<unknown> => {
    const body = JSON.stringify({ authentication, ...question })
    const response = await fetch(inject("clusters"), { method: "POST", body })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const { access, pki } = (await ask({ ask: "access" })) as { readonly access: ClusterAccess; readonly pki: string }
  return {
    ...access,
    pki: importPki(pki),
    execute: (query, parameters) => executeAsAdmin(access, query, parameters),
    replaceTls: async change => void (await ask({ ask: "replaceTls", change })),
    restart: async (settings = {}) => void (await ask({ ask: "restart", settings })),
    log: async () => String(await ask({ ask: "log" })),
  }
}
