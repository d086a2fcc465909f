import type { Cluster } from "../../domain/cluster.ts"
import { ScbError } from "../../domain/errors.ts"
import { formatInstant } from "../../domain/instant.ts"
import { isName, parseBundleName } from "../../domain/names.ts"
import type { AdmittedIdentity, Identities } from "../../domain/revocation/identities.ts"
import { spiffeProblem } from "../../domain/spiffe.ts"
import { type ConfigurationFile, heading } from "./heading.ts"
import { isPlainPath } from "./proxy-facts.ts"
import { CLIENT_CA_NOTE, clientCaFile, defaultDirectory } from "./proxy-files.ts"

export interface CassandraFacts {
  readonly cluster: Pick<Cluster, "file" | "name" | "endpoint" | "authentication">
  /** Where the nodes have their PEM files; fit for `isPlainPath`. */
  readonly directory: string
  readonly identities: Identities
  /** As in `ProxySettings`. */
  readonly clientCaPem?: string
}

/** What every node's cassandra.yaml has to say, and the CQL that lets bundles in and keeps them out. Throws `gateway-misconfigured`. */
export function renderCassandra(facts: CassandraFacts): readonly ConfigurationFile[] {
  const { cluster, directory } = facts
  if (!isName(cluster.name)) throw unwritable("cluster", cluster.name)
  if (!isPlainPath(directory)) throw unwritable("directory", directory)
  for (const { bundle } of [...facts.identities.admitted, ...facts.identities.dropped]) {
    if (parseBundleName(bundle) === undefined) throw unwritable("bundle", bundle)
  }
  return [
    { name: "cassandra-scb.yaml", text: fragment(facts) },
    { name: "grant.cql", text: grants(facts) },
    { name: "revoke.cql", text: revocations(facts) },
    ...clientCaFile(facts.clientCaPem),
  ]
}

function headOf({ cluster, directory }: CassandraFacts, what: string, notes: readonly string[], mark?: string): string {
  const place = directory === defaultDirectory(cluster.name) ? "" : ` --directory ${directory}`
  const { name, file: source } = cluster
  return heading({ what, cluster: name, source, made: `--target cassandra${place}`, notes }, mark)
}

function fragment(facts: CassandraFacts): string {
  const { cluster, directory } = facts
  const head = headOf(facts, `What cassandra.yaml of every node of ${cluster.name} has to say`, [
    "For Cassandra 5.0; what 4.1 wants otherwise is said beside it. Replace keys of the same name.",
    "",
    `To bring to ${directory} on each node:`,
    "  node.pem         the node's private key as PKCS#8 (BEGIN PRIVATE KEY), then its certificate, then the",
    `                   intermediates; the certificate has the DNS name ${cluster.endpoint.host}`,
    ...(facts.clientCaPem === undefined ? [CLIENT_CA_NOTE] : []),
    "Both files are read again when they change (`nodetool reloadssl` at once).",
  ])
  return `${head}
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: true
  require_endpoint_verification: false # true compares the client's certificate with the proxy's address
  ssl_context_factory: # 4.0 knows no PEM: take \`keystore\` and \`truststore\` as JKS with their passwords instead
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: ${directory}/node.pem
  truststore: ${directory}/clients-ca.crt
  accepted_protocols: [TLSv1.2, TLSv1.3] # the C++ and C# drivers end at 1.2

${cluster.authentication === "mutual-tls" ? MUTUAL_TLS : PASSWORD}role_manager: CassandraRoleManager
authorizer: CassandraAuthorizer
`
}

const MUTUAL_TLS = `# Cassandra 5.0 and newer: 4.1 has PasswordAuthenticator only. Before the change run grant.cql, and give yourself a way
# back in: ADD IDENTITY '<SPIFFE ID of an administrator's certificate>' TO ROLE '<a superuser>'.
# MutualTlsWithPasswordFallbackAuthenticator is no way around: it asks for a password only who sends no certificate.
authenticator:
  class_name: org.apache.cassandra.auth.MutualTlsAuthenticator
  parameters:
    validator_class_name: org.apache.cassandra.auth.SpiffeCertificateValidator
`

const PASSWORD = `# The certificate lets a client in, user name and password say who it is.
authenticator: # 4.1: authenticator: PasswordAuthenticator
  class_name: org.apache.cassandra.auth.PasswordAuthenticator
`

function grants(facts: CassandraFacts): string {
  const { cluster, identities } = facts
  const certified = cluster.authentication === "mutual-tls"
  const head = headOf(
    facts,
    `Roles and rights of the bundles of ${cluster.name}`,
    [
      "May be run again. Keyspaces must exist. Nobody is given more than SELECT unasked.",
      certified
        ? "ADD IDENTITY leaves an identity with the role that it has: to change it, DROP IDENTITY first."
        : "Passwords are no part of a bundle and never stand here: ALTER ROLE … WITH PASSWORD = '…';",
    ],
    "--",
  )
  return `${head}${identities.admitted.map(identity => grant(identity, certified)).join("")}`
}

function grant({ bundle, identity, role, keyspace, alsoRevoked }: AdmittedIdentity, certified: boolean): string {
  const name = identifier(role)
  const lines = [
    `-- ${bundle}`,
    `CREATE ROLE IF NOT EXISTS ${name} WITH LOGIN = true;`,
    ...(keyspace === undefined
      ? ["-- no keyspace is declared: grant what it needs"]
      : ["GRANT SELECT", "-- GRANT MODIFY"].map(right => `${right} ON KEYSPACE ${identifier(keyspace)} TO ${name};`)),
    ...alsoRevoked.map(
      ({ version, notAfter }) =>
        `-- version ${version} is revoked, has this identity too and lives until ${formatInstant(notAfter)}: Cassandra cannot\n` +
        "-- tell it from the good one. Give the bundle another identity, or refuse the certificate by CRL at the gateway.",
    ),
    ...(certified ? [`ADD IDENTITY IF NOT EXISTS ${literal(identity)} TO ROLE ${literal(role)};`] : []),
  ]
  return `\n${lines.join("\n")}\n`
}

function revocations(facts: CassandraFacts): string {
  const { cluster, identities } = facts
  const certified = cluster.authentication === "mutual-tls"
  const head = headOf(
    facts,
    `Identities that ${cluster.name} lets in no longer`,
    [
      "Those of revoked bundles and of bundles that are gone, as the ledger knows them. May be run again.",
      certified
        ? "New connections are refused once the caches of authentication expire; those that are open stay open."
        : "This cluster goes by passwords, so there is no identity to drop: ALTER ROLE … WITH LOGIN = false;",
    ],
    "--",
  )
  const statements = identities.dropped.map(({ identity, bundle, reason }) => {
    const mark = certified ? "" : "-- "
    return `\n-- ${bundle}: ${reason}\n${mark}DROP IDENTITY IF EXISTS ${literal(identity)};\n`
  })
  const kept = certified ? identities.admitted.filter(each => each.alsoRevoked.length > 0).map(keptIdentity) : []
  return `${head}${statements.length === 0 ? "\n-- none\n" : statements.join("")}${kept.join("")}`
}

/** To drop it would cut off the good version too, and to keep it lets the revoked one in: only a new identity tells them apart. */
function keptIdentity({ bundle, identity, alsoRevoked }: AdmittedIdentity): string {
  const revoked = alsoRevoked.map(({ version, notAfter }) => `${version} (until ${formatInstant(notAfter)})`).join(", ")
  return `
-- ${bundle}: not dropped, for a good version has the same identity as what is revoked: ${revoked}
-- To cut these off: give the bundle another identity in its YAML, apply, let its users fetch the new version, and
-- render this file anew; until then the gateway can refuse them by revocation list (scb crl).
-- DROP IDENTITY IF EXISTS ${literal(identity)};
`
}

/** Quoted, so that letters keep their case and `-`, `.` and `@` are no operators. */
function identifier(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.@-]*$/.test(text)) throw unwritable("name", text)
  return `"${text}"`
}

function literal(text: string): string {
  const plain = /^[A-Za-z0-9][A-Za-z0-9_.@-]*$/.test(text) || spiffeProblem(text) === undefined
  if (!plain) throw unwritable("text", text)
  return `'${text}'`
}

function unwritable(subject: string, text: string): ScbError {
  return new ScbError("gateway-misconfigured", `${subject}: cannot be written into CQL: ${JSON.stringify(text)}`)
}
