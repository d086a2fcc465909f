/** Name and version of this program as it appears in what it makes; a test keeps it equal to package.json. */
export const GENERATOR_VERSION = "0.1.0"
export const GENERATOR = `scb/${GENERATOR_VERSION}`
