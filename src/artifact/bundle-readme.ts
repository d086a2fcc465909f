import { formatInstant } from "../domain/instant.ts"
import type { BundleFacts } from "./bundle-metadata.ts"
import { EXAMPLES_FOLDER } from "./layout.ts"
import type { Example } from "./platforms.ts"

/** `README.md`, for the person who opens the ZIP. */
export function formatReadme(facts: BundleFacts, bundleFile: string, examples: readonly Example[]): string {
  return [
    ...whatItIs(facts),
    ...secrecy(facts, bundleFile),
    ...connecting(facts, bundleFile, examples),
    ...verifying(facts, bundleFile),
    ...renewing(facts),
    ...contents(facts),
  ].join("\n")
}

function whatItIs({ fullName, version, cluster, ...facts }: BundleFacts): readonly string[] {
  const endpoint = `${code(cluster.host)}, metadata port ${cluster.metadataPort}, CQL port ${cluster.cqlPort}`
  return [
    `# Secure Connect Bundle ${fullName} ${version}`,
    "",
    `It lets the application ${code(facts.application)} connect to the Cassandra cluster ${code(cluster.name)}.`,
    "",
    "| | |",
    "|---|---|",
    `| Cluster | ${code(cluster.name)} (${code(cluster.environment)}, ${code(cluster.region)}), data centre ${code(cluster.datacenter)} |`,
    `| Endpoint | ${endpoint} |`,
    `| Connects as | ${code(facts.identity)} |`,
    `| Role in Cassandra | ${code(facts.role)} |`,
    ...(facts.keyspace === undefined ? [] : [`| Keyspace | ${code(facts.keyspace)} |`]),
    `| Owner | ${code(facts.owner)} |`,
    `| Valid from | ${formatInstant(facts.certificate.notBefore)} |`,
    `| **Expires** | **${formatInstant(facts.certificate.notAfter)}** |`,
    "",
    cluster.authentication === "mutual-tls"
      ? "The certificate is the login. Cassandra 5.0 asks for a user name and a password all the same, and takes any."
      : "The cluster also asks for a user name and a password. They are not in here: the examples read `SCB_USERNAME` and `SCB_PASSWORD` from the environment.",
    "",
  ]
}

function secrecy({ keySource }: BundleFacts, bundleFile: string): readonly string[] {
  const holder =
    keySource === "generated"
      ? ["**This ZIP is a secret.** It holds a private key: whoever has the file is the application."]
      : [
          "**The private key is not in here as published**: its owner made it and keeps it. Add it on the owner's machine,",
          "from then on **this ZIP is a secret**: whoever has the file is the application.",
          "",
          "```sh",
          `scb complete ${bundleFile} --key my-private-key.pem`,
          "```",
        ]
  return [
    "## Keep it secret",
    "",
    ...holder,
    "",
    `- Keep it readable for the application alone (${code(`chmod 600 ${bundleFile}`)}), in a secret store where you have one.`,
    "- Never put it into a repository, an image, a chat or a ticket. The passwords in `config.json` protect nothing: they lie beside what they open.",
    "- If it may have leaked, tell its owner at once: the version is revoked and a new one published.",
    "",
  ]
}

function connecting({ cluster }: BundleFacts, bundleFile: string, examples: readonly Example[]): readonly string[] {
  return [
    "## Connect",
    "",
    "Drivers read the ZIP as it is: do not unpack it for them, and give them no contact points, data centre or TLS settings of your own.",
    `They need a DNS A record of ${code(cluster.host)} and a way to its two ports.`,
    "",
    "Ready examples lie in here. Unpack those alone, and run them from the folder of the ZIP:",
    "",
    "```sh",
    `unzip ${bundleFile} '${EXAMPLES_FOLDER}/*'`,
    "```",
    "",
    ...examples.flatMap(({ platform, run, notes }) => [
      `### ${platform.title}: ${code(`${EXAMPLES_FOLDER}/${platform.name}`)}`,
      "",
      "```sh",
      run,
      "```",
      "",
      ...notes.flatMap(note => [`- ${note}`]),
      ...(notes.length === 0 ? [] : [""]),
    ]),
    `Where the ZIP lies elsewhere, most examples take its path from ${code("SCB_BUNDLE")}.`,
    "",
  ]
}

function verifying({ certificate }: BundleFacts, bundleFile: string): readonly string[] {
  return [
    "## Verify",
    "",
    "`scb verify` checks everything that drivers rely on, and names the drivers that a fault would break:",
    "",
    "```sh",
    `scb verify ${bundleFile}`,
    `unzip -p ${bundleFile} cert | openssl x509 -noout -enddate -fingerprint -sha256`,
    "```",
    "",
    `SHA-256 of the client certificate: ${code(certificate.sha256)}`,
    "",
    "Where the file came from is proved by the signed manifest of its release, not by anything in here.",
    "",
  ]
}

function renewing({ fullName, certificate }: BundleFacts): readonly string[] {
  return [
    "## When it expires",
    "",
    `From ${formatInstant(certificate.notAfter)} on the cluster refuses new connections with it, and drivers report a failed TLS handshake`,
    "or that the metadata service cannot be reached. Connections that are open may live on until they break.",
    "",
    "A new version is published before that. Fetch it, put it in the place of this one and restart the application:",
    "drivers read the ZIP only when they start.",
    "",
    "```sh",
    `scb fetch ${fullName}`,
    "```",
    "",
  ]
}

function contents({ keySource }: BundleFacts): readonly string[] {
  const added = keySource === "csr" ? " (added by the key's owner)" : ""
  return [
    "## What is in it",
    "",
    "| entry | what it is | who reads it |",
    "|---|---|---|",
    "| `config.json` | where to connect, and the passwords of the stores | every driver |",
    "| `ca.crt` | the roots that the cluster's certificates come from | Python, Node.js, C#, C++, Go |",
    "| `cert` | the client certificate with its chain | Python, Node.js, C++, Go |",
    `| \`key\` | its private key${added} | Python, Node.js, C++, Go |`,
    `| \`cert.pfx\` | both as PKCS#12${added} | C# |`,
    `| \`identity.jks\` | both as a Java key store${added} | Java and all that stands on it |`,
    "| `trustStore.jks` | the roots as a Java key store | Java and all that stands on it |",
    "| `cqlshrc` | settings for cqlsh | people |",
    "| `metadata.json` | what this page says, for programs | scb |",
    "",
  ]
}

/** Values are ours or checked at the front door; a back quote or a pipe would still tear a table. */
function code(text: string): string {
  return `\`${text.replace(/[`|\r\n]/g, " ")}\``
}
