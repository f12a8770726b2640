import { checkFlow } from "../app.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import type { Connector } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import { fileError, readJsonFile } from "./read-json-file.ts";

/** A CreateFlow request from a file, or from stdin for `-`; fails with everything that is wrong with it. */
export async function readFlowFile(
  path: string,
  connectors: readonly Connector[],
): Promise<{ readonly definition: FlowDefinition; readonly request: JsonObject }> {
  const checked = checkFlow(await readJsonFile(path), { connectors, strict: false });
  if ("definition" in checked) return checked;
  throw fileError(path, checked.problems);
}
