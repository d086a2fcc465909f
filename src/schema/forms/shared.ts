/** The words in which the written forms are described. Loaded to generate validators and editor schemas, never at run time. */
import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from "typebox"
import type { Text } from "../texts.ts"

/** An object with these keys and no others. */
export function closed<P extends TProperties>(properties: P, description?: string): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...described(description) })
}

/** `T` narrows the type where the pattern promises more than `string`. */
export function text<T extends string = string>(form: Text, description?: string): TUnsafe<T> {
  const { pattern, expected, secret = false } = form
  return Type.Unsafe<T>({ type: "string", pattern, expected, ...(secret ? { secret } : {}), ...described(description) })
}

export function oneOf<V extends string>(values: readonly V[], description?: string): TUnsafe<V> {
  return Type.Unsafe<V>({ type: "string", enum: [...values], ...described(description) })
}

export function whole(minimum: number, maximum: number, description?: string): TUnsafe<number> {
  return Type.Unsafe<number>({ type: "integer", minimum, maximum, ...described(description) })
}

/** A list in which nothing stands twice. */
export function set<S extends TSchema>(item: S, description?: string): TUnsafe<readonly Static<S>[]> {
  return Type.Unsafe<readonly Static<S>[]>({ type: "array", items: item, uniqueItems: true, ...described(description) })
}

export function list<S extends TSchema>(item: S, description?: string): TUnsafe<readonly Static<S>[]> {
  return Type.Unsafe<readonly Static<S>[]>({ type: "array", items: item, ...described(description) })
}

/** Keys that authors choose, values all alike. */
export function map<S extends TSchema>(
  key: Text,
  value: S,
  description?: string,
): TUnsafe<Readonly<Record<string, Static<S>>>> {
  return Type.Unsafe<Readonly<Record<string, Static<S>>>>({
    type: "object",
    patternProperties: { [key.pattern]: value },
    additionalProperties: false,
    expected: key.expected,
    ...described(description),
  })
}

/** Closed objects told apart by the value of one key (`discriminator` as in OpenAPI, so that messages speak of one branch). */
export function variants<V extends readonly TObject[]>(
  tag: string,
  branches: V,
  description?: string,
): TUnsafe<Static<V[number]>> {
  return Type.Unsafe<Static<V[number]>>({
    type: "object",
    discriminator: { propertyName: tag },
    oneOf: [...branches],
    ...described(description),
  })
}

/** What every file of ours begins with. */
export function header<K extends string>(kind: K) {
  return { apiVersion: exactly("scb/v1", "the version of this form"), kind: exactly(kind) }
}

export function exactly<V extends string>(value: V, description?: string): TUnsafe<V> {
  return Type.Unsafe<V>({ type: "string", const: value, ...described(description) })
}

function described(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description }
}
