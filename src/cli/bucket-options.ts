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

type Connectors = ReadonlyMap<string, Connector>;

/** Fails when no folder is given for the bucket that the flow reads. */
export function requireSourceBucket(
  { source: { connector, settings } }: FlowDefinition,
  buckets: ReadonlyMap<string, string>,
  connectors: Connectors,
): void {
  const { protocol, hostname } = new URL(connectors.get(connector)!.source!.describeObject(settings));
  if (protocol === "s3:") requireBucket(hostname, buckets, "reads");
}

/** Makes the folders into which a flow writes. Those that it reads must be there: an empty one would look like no data. */
export async function makeOutputFolders(
  { destinations }: FlowDefinition,
  buckets: ReadonlyMap<string, string>,
  connectors: Connectors,
): Promise<void> {
  for (const { connector, settings } of destinations) {
    const { bucket } = connectors.get(connector)!.destination!.files(settings);
    await mkdir(requireBucket(bucket, buckets, "writes"), { recursive: true });
  }
}

function requireBucket(name: string, buckets: ReadonlyMap<string, string>, does: "reads" | "writes"): string {
  const folder = buckets.get(name);
  if (folder !== undefined) return folder;
  throw new UsageError(`the flow ${does} the bucket ${name}: say which folder that is, with --bucket ${name}=DIR`);
}
