/** Modules of the compiled program under the types of their sources: what is measured is what is shipped. */
interface Modules {
  "adapters/authority-local": typeof import("../../src/adapters/authority-local.ts")
  "adapters/entropy-node": typeof import("../../src/adapters/entropy-node.ts")
  "adapters/platform-catalogue": typeof import("../../src/adapters/platform-catalogue.ts")
  "adapters/signer-openpgp": typeof import("../../src/adapters/signer-openpgp.ts")
  "artifact/bundle": typeof import("../../src/artifact/bundle.ts")
  "artifact/bundle-metadata": typeof import("../../src/artifact/bundle-metadata.ts")
  "artifact/bundle-readme": typeof import("../../src/artifact/bundle-readme.ts")
  "artifact/checks/check-bundle": typeof import("../../src/artifact/checks/check-bundle.ts")
  "artifact/config-json": typeof import("../../src/artifact/config-json.ts")
  "artifact/cqlshrc": typeof import("../../src/artifact/cqlshrc.ts")
  "artifact/digest": typeof import("../../src/artifact/digest.ts")
  "artifact/jks": typeof import("../../src/artifact/jks.ts")
  "artifact/passwords": typeof import("../../src/artifact/passwords.ts")
  "artifact/pem": typeof import("../../src/artifact/pem.ts")
  "artifact/pkcs12": typeof import("../../src/artifact/pkcs12.ts")
  "artifact/pkcs12-kdf": typeof import("../../src/artifact/pkcs12-kdf.ts")
  "artifact/platforms": typeof import("../../src/artifact/platforms.ts")
  "artifact/sums": typeof import("../../src/artifact/sums.ts")
  "artifact/x509-read": typeof import("../../src/artifact/x509-read.ts")
  "artifact/zip-read": typeof import("../../src/artifact/zip-read.ts")
  "artifact/zip-write": typeof import("../../src/artifact/zip-write.ts")
  "cli/assembler": typeof import("../../src/cli/assembler.ts")
  "schema/documents": typeof import("../../src/schema/documents.ts")
}

export async function compiled<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return (await import(new URL(`../../dist/${name}.js`, import.meta.url).href)) as Modules[Name]
}
