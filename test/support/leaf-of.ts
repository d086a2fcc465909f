import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import JSZip from "jszip"

/** The client certificate in a bundle's ZIP. */
export async function leafOf(bundle: string): Promise<X509Certificate> {
  const pem = await (await JSZip.loadAsync(await readFile(bundle))).file("cert")?.async("string")
  return new X509Certificate(pem ?? "")
}
