// Connects with the unmodified npm cassandra-driver. Arguments: bundle, `address:port` of a DNS server that knows its host.
//
// The driver resolves the proxy with dns.resolve4, which asks DNS servers and never /etc/hosts: dns.setServers reaches it.
// It fetches the metadata with node:https, which asks the C library through dns.lookup: that is led to the same server.
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)
const dns = require("node:dns")
const [bundle, server, username, password] = process.argv.slice(2)

dns.setServers([server])
dns.lookup = (name, options, callback) =>
  dns.resolve4(name, (error, addresses = []) => {
    if (error !== null) return callback(error)
    return options.all
      ? callback(
          null,
          addresses.map(address => ({ address, family: 4 })),
        )
      : callback(null, addresses[0], 4)
  })

const cassandra = require("cassandra-driver")
const client = new cassandra.Client({
  cloud: { secureConnectBundle: bundle },
  ...(username === undefined ? {} : { credentials: { username, password } }),
})

await client.connect()
const hostIds = new Set()
for (let attempt = 0; attempt < 50 && hostIds.size < 2; attempt += 1) {
  const local = await client.execute("SELECT host_id FROM system.local")
  hostIds.add(local.first()["host_id"].toString())
}
await client.execute(
  "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
)
await client.execute("CREATE TABLE IF NOT EXISTS shop.greetings (id text PRIMARY KEY, words text)")
await client.execute("INSERT INTO shop.greetings (id, words) VALUES (?, ?)", ["nodejs", "hello from Node.js"], {
  prepare: true,
})
const read = await client.execute("SELECT words FROM shop.greetings WHERE id = ?", ["nodejs"], { prepare: true })
const { version } = require("cassandra-driver/package.json")
await client.shutdown()
console.log(JSON.stringify({ driver: `nodejs ${version}`, hostIds: [...hostIds].sort(), words: read.first()["words"] }))
