import cassandra from "cassandra-driver"

const client = new cassandra.Client({
  cloud: { secureConnectBundle: process.env.SCB_BUNDLE ?? "{{bundleFile}}" },
{{#keyspace}}
  keyspace: "{{keyspace}}",
{{/keyspace}}
{{#password}}
  credentials: { username: process.env.SCB_USERNAME, password: process.env.SCB_PASSWORD },
{{/password}}
{{^password}}
  // Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
  credentials: { username: "unused", password: "unused" },
{{/password}}
})

try {
  await client.connect()
  const { rows } = await client.execute("SELECT cluster_name, release_version FROM system.local")
  console.log(`${rows[0].cluster_name} runs Cassandra ${rows[0].release_version}`)
} finally {
  await client.shutdown()
}
