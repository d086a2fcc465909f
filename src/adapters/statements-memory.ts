import type { Statement, Statements } from "../ports.ts"

export function memoryStatements(): Statements {
  const byPath = new Map<string, Statement>()
  return {
    about: async tree => [...byPath.values()].filter(({ path }) => path.startsWith(`approvals/${tree}/`)),

    async add(statement) {
      if (byPath.get(statement.path)?.text === statement.text) return "already"
      byPath.set(statement.path, statement)
      return "added"
    },
  }
}
