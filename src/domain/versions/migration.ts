import type { Client } from "../clients.ts"
import type { Actor, Change } from "./changes.ts"
import type { Comparison, MadeFor } from "./comparison.ts"

/** What users of one version do to get to another. */
export interface MigrationGuide {
  readonly comparison: Comparison
  /** In the order in which they must act. */
  readonly tasks: readonly { readonly who: Actor; readonly todo: readonly string[] }[]
  readonly drivers: readonly { readonly driver: MadeFor; readonly todo: readonly string[] }[]
}

/** Servers are ready before clients come; keys and access before the bundle is fetched. */
const ORDER: readonly Actor[] = ["cluster-operators", "key-owner", "readers", "applications"]

export function migrationGuide(comparison: Comparison): MigrationGuide {
  const actions = comparison.changes.flatMap(change => change.actions)
  const tasks = ORDER.map(who => ({
    who,
    todo: [...new Set(actions.filter(action => action.who === who).map(({ what }) => what))],
  }))
  return {
    comparison,
    tasks: tasks.filter(({ todo }) => todo.length > 0),
    drivers: comparison.drivers.map(driver => ({ driver, todo: driverTodo(driver, comparison.changes) })),
  }
}

function driverTodo({ client }: MadeFor, changes: readonly Change[]): readonly string[] {
  const notes = NOTES.filter(
    note => note.clients.includes(client) && changes.some(({ member }) => member === note.member),
  )
  return [...notes.map(({ note }) => note), NEW_BUNDLE[client]]
}

/** How a new bundle takes effect (docs of each client; none reads the ZIP again while it runs). */
const NEW_BUNDLE: Readonly<Record<Client, string>> = {
  java: "Close the `CqlSession` and build another with `withCloudSecureConnectBundle`.",
  java3: "Close the `Cluster` and build another with `withCloudSecureConnectBundle`.",
  python: "Shut the `Cluster` down and make another with `cloud={'secure_connect_bundle': …}`.",
  nodejs: "Shut the `Client` down and make another with `cloud: { secureConnectBundle: … }`.",
  csharp:
    "Dispose the `Cluster` and build another with `WithCloudSecureConnectionBundle`; it asks for the metadata again by itself, but never reads the ZIP again.",
  cpp: "Call `cass_cluster_set_cloud_secure_connection_bundle` on a new `CassCluster` and connect a new session.",
  "gocql-astra": "Make another cluster with `NewClusterFromBundle` and close the old session.",
  "cql-proxy": "Restart it with the new file as `--astra-bundle`.",
  "zdm-proxy": "Restart the proxies one after another with the new file as `ZDM_…_SECURE_CONNECT_BUNDLE_PATH`.",
  cqlsh: "Unpack the new ZIP where you start cqlsh: its cqlshrc names files of that folder.",
}

interface DriverNote {
  readonly member: string
  readonly clients: readonly Client[]
  readonly note: string
}

/** What a change means to some drivers and not to others. */
const NOTES: readonly DriverNote[] = [
  {
    member: "cluster.host",
    clients: ["nodejs"],
    note: "The new name needs a DNS A record: this driver asks DNS itself, and not the hosts file.",
  },
  {
    member: "cluster.host",
    clients: ["csharp", "gocql-astra", "cql-proxy"],
    note: "Node certificates must carry the new name too: this client verifies it on the CQL connection.",
  },
  {
    member: "cluster.trust",
    clients: ["csharp"],
    note: "Of all roots, only the first in `ca.crt` counts here: restart when the servers show certificates under it.",
  },
  {
    member: "cluster.authentication",
    clients: ["csharp"],
    note: "Keep `WithCredentials`: this driver insists on it, and with mutual TLS any credentials will do.",
  },
  {
    member: "cluster.authentication",
    clients: ["cql-proxy"],
    note: "`--username` and `--password` stay mandatory; with mutual TLS nobody looks at them.",
  },
  {
    member: "bundle.keyspace",
    clients: ["python"],
    note: "The keyspace of `config.json` is read, and not used to connect.",
  },
]
