import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Json } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { UsageError } from "./commands/command.ts";

/** The JSON in a file, or from stdin for `-`. */
export async function readJsonFile(path: string): Promise<Json> {
  const content = await load(path);
  try {
    return JSON.parse(content) as Json;
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
}

/** All that is wrong with a file, each with its place and remedy. */
export function fileError(path: string, problems: readonly Problem[]): UsageError {
  const list = problems.map(
    ({ path: place, message, remedy }) => `  ${place}: ${message}${remedy === undefined ? "" : `\n      → ${remedy}`}`,
  );
  const count = list.length === 1 ? "one problem" : `${list.length} problems`;
  return new UsageError(`${path} has ${count}:\n${list.join("\n")}`);
}

async function load(path: string): Promise<string> {
  if (path === "-") return text(process.stdin);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
