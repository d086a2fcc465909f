import { sha256 } from "../artifact/digest.ts"
import { GENERATOR } from "../domain/generator.ts"
import type { Json } from "../domain/json.ts"
import { NOTE_KINDS, type NoteKind, type Notes } from "../domain/notes.ts"
import { decodeUtf8, encodeUtf8 } from "../domain/utf8.ts"
import type { NotesStore } from "../ports.ts"

export interface Notebook extends Notes {
  /** Writes what this run has asked for or found out, and nothing else, where that is worth it. */
  close(): Promise<void>
}

type Pages = Readonly<Record<NoteKind, ReadonlyMap<string, Json>>>

/** Raised when notes mean something else. */
const FORMAT = `notes 1 ${GENERATOR}`

/** What is noted in `store`; notes of another version of the program, cut off or changed, count as none. */
export async function openNotebook(store: NotesStore): Promise<Notebook> {
  const before = parseNotes(await store.read())
  const used = emptyPages()
  let found = 0
  return {
    get(kind, name) {
      const value = used[kind].get(name) ?? before[kind].get(name)
      if (value !== undefined) used[kind].set(name, value)
      return value
    },
    set(kind, name, value) {
      used[kind].set(name, value)
      found += 1
    },
    async close() {
      const count = NOTE_KINDS.reduce((sum, kind) => sum + used[kind].size, 0)
      if (found * WORTH_WRITING >= count && found > 0) await store.write(formatNotes(used))
    },
  }
}

/** Notes are written anew when one in so many of them is new: finding out the others again costs less than writing all. */
const WORTH_WRITING = 100

/** The first line says what it is and what follows: accidents are found, and of intent the store takes care. */
function formatNotes(pages: Pages): Uint8Array {
  const body = encodeUtf8(JSON.stringify(NOTE_KINDS.map(kind => [kind, [...pages[kind]]])))
  const head = encodeUtf8(`${FORMAT} ${sha256(body)}\n`)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return whole
}

function parseNotes(bytes: Uint8Array | undefined): Pages {
  if (bytes === undefined) return emptyPages()
  const end = bytes.indexOf(10)
  const body = bytes.subarray(end + 1)
  if (end < 0 || end > 200 || decodeUtf8(bytes.subarray(0, end)) !== `${FORMAT} ${sha256(body)}`) return emptyPages()
  const written = JSON.parse(decodeUtf8(body)) as readonly (readonly [NoteKind, readonly [string, Json][]])[]
  const pages = emptyPages()
  for (const [kind, values] of written) pages[kind] = new Map(values)
  return pages
}

function emptyPages(): Record<NoteKind, Map<string, Json>> {
  return Object.fromEntries(NOTE_KINDS.map(kind => [kind, new Map()])) as Record<NoteKind, Map<string, Json>>
}
