import * as module from "node:module"

/** Keeps compiled code between runs where Node can (22.1 and later); on older ones it does nothing. */
export function enableCompileCache(): void {
  const enable = (module as { readonly enableCompileCache?: () => unknown }).enableCompileCache
  enable?.()
}
