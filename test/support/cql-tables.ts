import { type Column, type CqlType, type CqlValue, encodeValue } from "./cql-codec.ts"

export interface Rows {
  readonly keyspace: string
  readonly table: string
  readonly columns: readonly Column[]
  /** Encoded cells in the order of the columns. */
  readonly rows: readonly (readonly (Buffer | null)[])[]
}

export type Outcome =
  | { readonly kind: "void" }
  | ({ readonly kind: "rows" } & Rows)
  | { readonly kind: "keyspace"; readonly keyspace: string }
  | {
      readonly kind: "schema-change"
      readonly target: "KEYSPACE" | "TABLE"
      readonly keyspace: string
      readonly table?: string
    }
  | { readonly kind: "error"; readonly code: number; readonly message: string }

/** What a client may bind, and what it will get: enough to answer PREPARE. */
export interface Shape {
  readonly keyspace: string
  readonly table: string
  readonly parameters: readonly Column[]
  readonly partitionKeyParameters: readonly number[]
  readonly result: readonly Column[]
}

interface Table {
  readonly keyspace: string
  readonly name: string
  readonly columns: readonly Column[]
  /** The single column of the primary key. */
  readonly key: string
  readonly rows: Map<string, Map<string, Buffer | null>>
}

/** A table that the server makes up: `system.local`, `system.peers`, … */
export interface VirtualTable {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly CqlValue[])[]
}

/** Every other system table. The Python driver wants a column at least. */
const EMPTY: VirtualTable = { columns: [{ name: "keyspace_name", type: "text" }], rows: [] }
const SYNTAX_ERROR = 0x2000
const INVALID = 0x2200
const NAME = "[A-Za-z_][A-Za-z0-9_]*"
const QUALIFIED = `"?(?:(${NAME})"?\\."?)?(${NAME})"?`
const TYPES: readonly CqlType[] = ["text", "int", "bigint", "double", "boolean", "uuid"]

const pattern = (source: string): RegExp => new RegExp(`^\\s*${source}\\s*;?\\s*$`, "is")
const USE = pattern(`USE\\s+"?(${NAME})"?`)
const CREATE_KEYSPACE = pattern(`CREATE\\s+KEYSPACE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?"?(${NAME})"?\\s+WITH\\s+.*`)
const CREATE_TABLE = pattern(`CREATE\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${QUALIFIED}\\s*\\((.*)\\)`)
const INSERT = pattern(`INSERT\\s+INTO\\s+${QUALIFIED}\\s*\\(([^)]*)\\)\\s*VALUES\\s*\\((.*)\\)`)
const SELECT = pattern(
  `SELECT\\s+(.*?)\\s+FROM\\s+${QUALIFIED}(?:\\s+WHERE\\s+(.*?))?(?:\\s+LIMIT\\s+\\d+)?(?:\\s+ALLOW\\s+FILTERING)?`,
)

/** As much of CQL as a first session needs: keyspaces, tables with one key column, INSERT, and SELECT by key or of all. */
export class Tables {
  readonly keyspaces = new Set(["system", "system_schema"])
  readonly #tables = new Map<string, Table>()

  /** `virtual` knows the tables of the node that was asked. `current` is the connection's keyspace. */
  run(
    cql: string,
    values: readonly (Buffer | null)[],
    current: string,
    virtual: ReadonlyMap<string, VirtualTable>,
  ): Outcome {
    const use = USE.exec(cql)
    if (use !== null) return { kind: "keyspace", keyspace: use[1] ?? "" }
    const keyspace = CREATE_KEYSPACE.exec(cql)?.[1]
    if (keyspace !== undefined) {
      this.keyspaces.add(keyspace)
      return { kind: "schema-change", target: "KEYSPACE", keyspace }
    }
    const created = CREATE_TABLE.exec(cql)
    if (created !== null) return this.#createTable(created[1] ?? current, created[2] ?? "", created[3] ?? "")
    const insert = INSERT.exec(cql)
    if (insert !== null) return this.#insert(this.#find(insert, current), list(insert[3]), list(insert[4]), values)
    const select = SELECT.exec(cql)
    if (select === null) return { kind: "error", code: SYNTAX_ERROR, message: `the stub does not understand: ${cql}` }
    const qualified = `${select[2] ?? current}.${select[3] ?? ""}`
    const made = virtual.get(qualified)
    if (made !== undefined) return project(qualified, made, select[1] ?? "*")
    if (/^(?:system|dse)/.test(qualified)) return project(qualified, EMPTY, "*")
    return this.#select(this.#find([select[0], select[2], select[3]], current), select[1] ?? "*", select[4], values)
  }

  shape(
    cql: string,
    current: string,
    virtual: ReadonlyMap<string, VirtualTable>,
  ): Shape | Extract<Outcome, { kind: "error" }> {
    const insert = INSERT.exec(cql)
    const select = SELECT.exec(cql)
    const table = this.#find(insert ?? [cql, select?.[2], select?.[3]], current)
    if (table === undefined) {
      const outcome = this.run(cql, [], current, virtual)
      const {
        keyspace,
        table: name,
        columns,
      } = outcome.kind === "rows" ? outcome : { keyspace: "", table: "", columns: [] }
      return outcome.kind === "error"
        ? outcome
        : { keyspace, table: name, parameters: [], partitionKeyParameters: [], result: columns }
    }
    const bound = insert === null ? conditions(select?.[4]) : pairs(list(insert[3]), list(insert[4]))
    const parameters = bound.filter(([, term]) => term === "?").map(([name]) => columnOf(table, name))
    return {
      keyspace: table.keyspace,
      table: table.name,
      parameters,
      partitionKeyParameters: parameters.flatMap(({ name }, index) => (name === table.key ? [index] : [])),
      result: insert === null ? selected(table.columns, select?.[1] ?? "*") : [],
    }
  }

  #find([, keyspace, name]: readonly (string | undefined)[], current: string): Table | undefined {
    return this.#tables.get(`${keyspace ?? current}.${name}`)
  }

  #createTable(keyspace: string, name: string, definition: string): Outcome {
    const explicit = /,\s*PRIMARY\s+KEY\s*\(\s*(\w+)\s*\)/i.exec(definition)
    const columns = list(definition.replace(explicit?.[0] ?? "", "")).map(column => {
      const [columnName = "", type = ""] = column.split(/\s+/)
      return { name: columnName, type: TYPES.find(known => known === type.toLowerCase()) ?? "text" }
    })
    const key = explicit?.[1] ?? columns[0]?.name ?? ""
    const qualified = `${keyspace}.${name}`
    if (!this.#tables.has(qualified)) this.#tables.set(qualified, { keyspace, name, columns, key, rows: new Map() })
    return { kind: "schema-change", target: "TABLE", keyspace, table: name }
  }

  #insert(
    table: Table | undefined,
    names: readonly string[],
    terms: readonly string[],
    values: readonly (Buffer | null)[],
  ): Outcome {
    if (table === undefined) return unconfigured()
    const next = values[Symbol.iterator]()
    const row = new Map(pairs(names, terms).map(([name, term]) => [name, termValue(table, name, term, next)]))
    table.rows.set(row.get(table.key)?.toString("hex") ?? "", row)
    return { kind: "void" }
  }

  #select(
    table: Table | undefined,
    what: string,
    where: string | undefined,
    values: readonly (Buffer | null)[],
  ): Outcome {
    if (table === undefined) return unconfigured()
    const next = values[Symbol.iterator]()
    const wanted = conditions(where).map(([name, term]) => [name, termValue(table, name, term, next)] as const)
    const columns = selected(table.columns, what)
    const matching = [...table.rows.values()].filter(row =>
      wanted.every(([name, value]) => value !== null && row.get(name)?.equals(value) === true),
    )
    const rows = matching.map(row => columns.map(({ name }) => row.get(name) ?? null))
    return { kind: "rows", keyspace: table.keyspace, table: table.name, columns, rows }
  }
}

function unconfigured(): Outcome {
  return { kind: "error", code: INVALID, message: "unconfigured table" }
}

function project(qualified: string, { columns, rows }: VirtualTable, what: string): Outcome {
  const [keyspace = "", table = ""] = qualified.split(".")
  const chosen = selected(columns, what)
  const indexes = chosen.map(column => columns.indexOf(column))
  const encoded = rows.map(row =>
    indexes.map((index, position) => encodeValue(chosen[position]?.type ?? "text", row[index] ?? null)),
  )
  return { kind: "rows", keyspace, table, columns: chosen, rows: encoded }
}

function selected(columns: readonly Column[], what: string): readonly Column[] {
  if (what.trim() === "*") return columns
  return list(what).flatMap(name => columns.filter(column => column.name === name))
}

const columnOf = (table: Table, name: string): Column =>
  table.columns.find(column => column.name === name) ?? { name, type: "text" }

/** Splits at commas; the stub's literals hold none. */
function list(text = ""): readonly string[] {
  return text.split(",").map(part => part.trim().replace(/^"(.*)"$/, "$1"))
}

const pairs = (names: readonly string[], terms: readonly string[]): readonly (readonly [string, string])[] =>
  names.map((name, index) => [name, terms[index] ?? ""] as const)

function conditions(where: string | undefined): readonly (readonly [string, string])[] {
  if (where === undefined) return []
  return where.split(/\s+AND\s+/i).map(condition => {
    const [name = "", term = ""] = condition.split("=").map(part => part.trim())
    return [name.replaceAll('"', ""), term] as const
  })
}

function termValue(table: Table, name: string, term: string, values: Iterator<Buffer | null>): Buffer | null {
  if (/^(?:\?|:\w+|%s)$/.test(term)) return values.next().value ?? null
  return encodeValue(columnOf(table, name).type, term.replace(/^'(.*)'$/, "$1"))
}
