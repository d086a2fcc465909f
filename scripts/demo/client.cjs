// An application, as its team would write it: the npm cassandra-driver, unmodified, and the bundle.
// The first lines stand for a name server: the demonstration's host name exists only on this machine, and the driver
// resolves the proxy by DNS A query and the metadata host by getaddrinfo.
const dns = require("node:dns")
dns.setServers([process.env.DEMO_DNS])
dns.lookup = (host, options, callback) => {
  const done = typeof options === "function" ? options : callback
  dns.resolve4(host, (error, addresses) => {
    if (error) return done(error)
    if (options?.all) return done(null, [{ address: addresses[0], family: 4 }])
    return done(null, addresses[0], 4)
  })
}

const { Client } = require("cassandra-driver")

async function main() {
  const client = new Client({ cloud: { secureConnectBundle: process.env.DEMO_BUNDLE } })
  await client.connect()
  const hosts = client.hosts.values().map(host => host.hostId.toString())
  await client.execute(
    "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  )
  await client.execute("CREATE TABLE IF NOT EXISTS shop.orders (key text PRIMARY KEY, value text)")
  await client.execute("INSERT INTO shop.orders (key, value) VALUES (?, ?)", ["1001", "paid"], { prepare: true })
  const { rows } = await client.execute("SELECT key, value FROM shop.orders WHERE key = ?", ["1001"], { prepare: true })
  await client.shutdown()
  console.log(JSON.stringify({ hosts, row: rows[0] }))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
