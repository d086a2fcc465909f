// Connects with the npm cassandra-driver in the folder that its argument names. One request and one answer a line.
const { createInterface } = require("node:readline")

const folder = process.argv[2]
const cassandra = require(folder)
const { version } = require(`${folder}/package.json`)
const sessions = new Map()

const TASKS = {
  connect: request => using(request, hostIds),
  session: request => using(request, client => work(client, request.keyspace)),
  async open(request) {
    const session = `s${sessions.size + 1}`
    sessions.set(session, await connected(request))
    return { session }
  },
  query: ({ session, keyspace }) => work(sessions.get(session), keyspace),
  async close({ session }) {
    await sessions.get(session).shutdown()
    return {}
  },
}

async function connected({ bundle, username, password, timeoutMillis }) {
  const client = new cassandra.Client({
    cloud: { secureConnectBundle: bundle },
    socketOptions: { connectTimeout: timeoutMillis, readTimeout: timeoutMillis },
    ...(username === undefined ? {} : { credentials: { username, password } }),
  })
  try {
    await client.connect()
  } catch (error) {
    await client.shutdown().catch(() => undefined)
    throw error
  }
  return client
}

async function using(request, use) {
  const client = await connected(request)
  try {
    return await use(client)
  } finally {
    await client.shutdown()
  }
}

/** Asks every node that the driver knows for its own name. */
async function hostIds(client) {
  const ids = new Set()
  for (const host of client.hosts.values()) {
    const answer = await client.execute("SELECT host_id FROM system.local", [], { host }).catch(() => undefined)
    if (answer !== undefined) ids.add(answer.first()["host_id"].toString())
  }
  return { hostIds: [...ids].sort() }
}

async function work(client, keyspace) {
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  )
  await client.execute(`CREATE TABLE IF NOT EXISTS ${keyspace}.greetings (id text PRIMARY KEY, words text)`)
  const insert = `INSERT INTO ${keyspace}.greetings (id, words) VALUES (?, ?)`
  await client.execute(insert, [`nodejs ${version}`, `hello from Node.js ${version}`], { prepare: true })
  const select = `SELECT words FROM ${keyspace}.greetings WHERE id = ?`
  const read = await client.execute(select, [`nodejs ${version}`], { prepare: true })
  return { ...(await hostIds(client)), words: read.first()["words"] }
}

/** As the error and its causes call themselves; the driver keeps those of single nodes in `innerErrors`. */
function describe(error) {
  const causes = [...Object.values(error.innerErrors ?? {}), error.cause, error.info].filter(cause => cause)
  return [
    `${error.name}: ${error.message}`,
    ...causes.map(cause => (cause.message ? describe(cause) : String(cause))),
  ].join(" <- ")
}

const within = (millis, promise) => {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${millis} ms`)), millis)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function answer({ id, ...request }) {
  try {
    const result = await within(request.timeoutMillis, TASKS[request.task](request))
    return { id, ok: true, ...result, version }
  } catch (error) {
    return { id, ok: false, error: describe(error) }
  }
}

process.on("unhandledRejection", error => console.error(error))
process.on("uncaughtException", error => console.error(error))
createInterface({ input: process.stdin })
  .on("line", async line => console.log(JSON.stringify(await answer(JSON.parse(line)))))
  .on("close", () => process.exit())
