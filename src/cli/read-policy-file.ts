import { parsePolicy } from "../api/parse-policy.ts";
import type { JsonObject } from "../sdk/json.ts";
import { fileError, readJsonFile } from "./read-json-file.ts";

/** A policy document from a file, or from stdin for `-`; fails with everything in it that is not understood. */
export async function readPolicyFile(path: string): Promise<JsonObject> {
  const document = await readJsonFile(path);
  const read = parsePolicy(document);
  if ("policy" in read) return document as JsonObject;
  throw fileError(path, read.problems);
}
