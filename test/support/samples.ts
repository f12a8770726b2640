import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Real answers of vendors, which are not ours to copy: tests read them where they are, if they are there. */
const FOLDER =
  process.env["MILLRACE_SAMPLES"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "connectors", "samples");

export function hasSamples(connector: string): boolean {
  return existsSync(join(FOLDER, connector));
}

export function readSample(connector: string, file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, connector, file), "utf8"));
}
