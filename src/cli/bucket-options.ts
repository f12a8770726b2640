import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { FlowDefinition } from "../flow/flow.ts";
import type { Connector } from "../sdk/connector.ts";
import { UsageError } from "./commands/command.ts";

/** Reads `--bucket NAME=DIR`, given any number of times. */
export function parseBuckets(options: readonly string[]): ReadonlyMap<string, string> {
  const buckets = new Map<string, string>();
  for (const option of options) {
    const equals = option.indexOf("=");
    if (equals <= 0 || equals === option.length - 1) {
      throw new UsageError(`--bucket ${option}: expected NAME=DIR, for example --bucket lake=./out`);
    }
    buckets.set(option.slice(0, equals), resolve(option.slice(equals + 1)));
  }
  return buckets;
}

/** Makes the folders into which a flow writes. Those that it reads must be there: an empty one would look like no data. */
export async function makeOutputFolders(
  { destinations }: FlowDefinition,
  buckets: ReadonlyMap<string, string>,
  connectors: ReadonlyMap<string, Connector>,
): Promise<void> {
  for (const { connector, settings } of destinations) {
    const folder = buckets.get(connectors.get(connector)!.destination!.files(settings).bucket);
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  }
}
