import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { checkFlow } from "../app.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import type { Connector } from "../sdk/connector.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import { UsageError } from "./commands/command.ts";

/** A CreateFlow request from a file, or from stdin for `-`; fails with everything that is wrong with it. */
export async function readFlowFile(
  path: string,
  connectors: readonly Connector[],
): Promise<{ readonly definition: FlowDefinition; readonly request: JsonObject }> {
  const checked = checkFlow(parse(await load(path), path), { connectors, strict: false });
  if ("definition" in checked) return checked;
  const list = checked.problems.map(
    ({ path: place, message, remedy }) => `  ${place}: ${message}${remedy === undefined ? "" : `\n      → ${remedy}`}`,
  );
  const count = list.length === 1 ? "one problem" : `${list.length} problems`;
  throw new UsageError(`${path} has ${count}:\n${list.join("\n")}`);
}

async function load(path: string): Promise<string> {
  if (path === "-") return text(process.stdin);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function parse(content: string, path: string): Json {
  try {
    return JSON.parse(content) as Json;
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
}
