import { type Json, prettyJson } from "../domain/json.ts"

/** A verb's result as JSON; `apiVersion` and `kind` say what a script has before it. */
export function resultJson(kind: string, members: { readonly [key: string]: Json | undefined }): string {
  return prettyJson({ apiVersion: "scb/v1", kind, ...members })
}
