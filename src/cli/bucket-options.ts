import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { S3ClientOptions } from "../adapters/aws/s3-client.ts";
import { readConfig } from "../config.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import { fileDestination } from "../run/usable-ends.ts";
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

/** What `--s3` asks for: every bucket without a folder is in Amazon S3, or at the endpoint that the environment names. */
export function s3Options(wanted: boolean): S3ClientOptions | undefined {
  if (!wanted) return undefined;
  const { place, s3Endpoint } = readConfig();
  return { region: place.region, endpoint: s3Endpoint };
}

/** Fails when no folder is given for a bucket that the flow reads, or one that it writes. */
export function requireBuckets(
  { source, destinations }: FlowDefinition,
  buckets: ReadonlyMap<string, string>,
  connectors: Connectors,
  uses: "reads" | "reads and writes",
): void {
  const { protocol, hostname } = new URL(connectors.get(source.connector)!.source!.describeObject(source.settings));
  if (protocol === "s3:") requireBucket(hostname, buckets, "reads");
  if (uses === "reads") return;
  for (const { connector, settings } of destinations) {
    requireBucket(fileDestination(connectors, connector).files(settings).bucket, buckets, "writes");
  }
}

/** Makes the folders into which a flow writes. Those that it reads must be there: an empty one would look like no data. */
export async function makeOutputFolders(
  { destinations }: FlowDefinition,
  buckets: ReadonlyMap<string, string>,
  connectors: Connectors,
): Promise<void> {
  for (const { connector, settings } of destinations) {
    const { bucket } = fileDestination(connectors, connector).files(settings);
    const folder = buckets.get(bucket);
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  }
}

function requireBucket(name: string, buckets: ReadonlyMap<string, string>, does: "reads" | "writes"): void {
  if (buckets.has(name)) return;
  const ways = `say which folder that is, with --bucket ${name}=DIR, or that it is in Amazon S3, with --s3`;
  throw new UsageError(`the flow ${does} the bucket ${name}: ${ways}`);
}
