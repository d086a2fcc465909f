import { IDENTITY } from "../bundle.ts"
import type { CassandraCluster } from "../cassandra.ts"
import type { Settings } from "../cassandra-node.ts"
import { identified, leafOf, mutations } from "../mutations.ts"
import type { LiveMutation } from "./mutation.ts"
import { type Ground, METADATA_NAME, type Setting } from "./setting.ts"

/** What one start of a real node with MutualTlsAuthenticator is good for. */
export interface CassandraPhase {
  /** Laid over cassandra.yaml. */
  readonly settings: Settings
  readonly prepare?: (cluster: CassandraCluster, ground: Ground) => Promise<void>
  readonly mutations: readonly LiveMutation[]
}

/** Cassandra 5.0 sends AUTHENTICATE in this mode too, and looks at no answer: drivers need a login, any. */
const ANY_LOGIN = { credentials: { username: "unused", password: "unused" } } as const

export const CASSANDRA_PHASES: readonly CassandraPhase[] = [
  {
    settings: {},
    prepare: async cluster => {
      await cluster.execute("CREATE ROLE IF NOT EXISTS checkout_rw WITH LOGIN = true")
      await cluster.execute(`ADD IDENTITY '${IDENTITY}' TO ROLE 'checkout_rw'`)
    },
    mutations: [
      node("good", "a real node is set up as docs/gateway.md says", ANY_LOGIN),
      node("no-login", "a real node, and the driver has no login", {}),
      node("identity-unknown", "a real node does not know the identity", {
        ...ANY_LOGIN,
        bundle: good =>
          identified(good, leafOf(good, { alternativeNames: [uri("spiffe://example.com/payments/other")] })),
      }),
      node("identity-none", "a real node, and the certificate has no identity", {
        ...ANY_LOGIN,
        bundle: good =>
          identified(good, leafOf(good, { alternativeNames: [{ kind: "dns", value: "checkout.lab.test" }] })),
      }),
      ...certificateMutations(),
    ],
  },
  encryption("endpoint-verification", "a real node verifies the client's address (require_endpoint_verification)", {
    require_endpoint_verification: true,
  }),
  encryption("1-3-only", "a real node speaks TLS 1.3 alone (accepted_protocols)", { accepted_protocols: ["TLSv1.3"] }),
  encryption("1-2-only", "a real node speaks TLS 1.2 alone (accepted_protocols)", { accepted_protocols: ["TLSv1.2"] }),
  {
    settings: {
      // MutualTlsAuthenticator would not start.
      authenticator: { class_name: "org.apache.cassandra.auth.PasswordAuthenticator", parameters: undefined },
      client_encryption_options: { enabled: false },
    },
    mutations: [node("plain", "a real node does not encrypt (client_encryption_options.enabled)", ANY_LOGIN)],
  },
  {
    settings: {},
    prepare: (cluster, { good }) => cluster.replaceTls({ clientCaPem: good.stranger.root.certificatePem }),
    mutations: [node("other-client-ca", "a real node trusts another client CA", ANY_LOGIN)],
  },
]

export const cassandraMutations: readonly LiveMutation[] = CASSANDRA_PHASES.flatMap(phase => phase.mutations)

function node(id: string, title: string, change: Partial<Setting>): LiveMutation {
  return { id: `cassandra-${id}`, part: "cassandra", title, change: () => change }
}

function encryption(id: string, title: string, options: Settings): CassandraPhase {
  return { settings: { client_encryption_options: options }, mutations: [node(id, title, ANY_LOGIN)] }
}

/** What OpenSSL and Java may judge otherwise. Nobody asks for the certificate before the node does. */
function certificateMutations(): readonly LiveMutation[] {
  const named = mutations.filter(({ row, breaks }) => ["K2", "K5", "K7"].includes(row) && breaks.length > 0)
  return named
    .filter(({ name }) => !name.startsWith("ca.crt"))
    .map(({ name, mutate }) => ({
      id: `cassandra-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`,
      part: "cassandra",
      title: `a real node, and in the bundle ${name}`,
      change: (_, good) => ({
        ...ANY_LOGIN,
        bundle: mutate,
        metadataTls: { ...good.metadataTls, clientCa: undefined },
      }),
    }))
}

/** The way to a node that runs already. */
export function throughTo({ nodes, datacenter }: Pick<CassandraCluster, "nodes" | "datacenter">): Partial<Setting> {
  return {
    proxy: `${METADATA_NAME}:{port}`,
    routing: () => 0,
    outside: { nodes, datacenter },
  }
}

function uri(value: string): { readonly kind: "uri"; readonly value: string } {
  return { kind: "uri", value }
}
