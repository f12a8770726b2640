import type { Flow } from "../flow/flow.ts";
import { defaultErrorLocation, fileOfKey, outputPrefix, receiptPrefix } from "../plan/output-layout.ts";
import type { ErrorLocation } from "../plan/run-plan.ts";
import type { Connector } from "../sdk/connector.ts";
import { errorHandlingOf } from "../sdk/error-handling.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { parseReceipt } from "./parse-receipt.ts";
import { nameOf } from "./publish-set.ts";
import type { Receipt } from "./receipt.ts";

/** What lies in the buckets that a flow writes to, and tells of its runs. */
export interface TracesOfFlow {
  /** The receipts that were asked for, by run. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** Of each run without any receipt, a data object that can be seen. */
  readonly unreceipted: ReadonlyMap<string, string>;
  /** Of each run, how many uploads are neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, number>;
  /** What could not be read, in a sentence each. */
  readonly problems: readonly string[];
}

export interface TracePorts {
  readonly objects: ObjectStore;
  readonly connectors: ReadonlyMap<string, Connector>;
}

/**
 * Looks through the buckets of the flow's destinations, as these are defined now. Receipts are read of the runs for which
 * `wants` says so; objects of before the flow was made are of another one.
 */
export async function tracesOfFlow(
  flow: Flow,
  wants: (run: string) => boolean,
  { objects, connectors }: TracePorts,
): Promise<TracesOfFlow> {
  const { data, errors } = placesOf(flow, connectors);
  const problems: string[] = [];
  const receipts = new Map<string, Receipt>();
  const receipted = new Set<string>();
  const unreceipted = new Map<string, string>();
  const uploads = new Map<string, number>();

  const readReceipts = async ({ bucket, prefix }: ErrorLocation): Promise<void> => {
    for await (const { key } of objects.list(bucket, prefix)) {
      const run = key.slice(prefix.length).replace(/\.json$/, "");
      receipted.add(run);
      if (receipts.has(run) || !wants(run)) continue;
      const receipt = parseReceipt(await readText(bucket, key, objects));
      if ("problems" in receipt)
        problems.push(`${nameOf({ bucket, key })} is no receipt: ${receipt.problems.join("; ")}`);
      else receipts.set(run, receipt);
    }
  };
  const lookForData = async ({ bucket, prefix }: ErrorLocation): Promise<void> => {
    for await (const { key, modifiedAt } of objects.list(bucket, prefix)) {
      const file = fileOfKey(key);
      if (file?.kind !== "data" || receipted.has(file.run) || modifiedAt < flow.createdAt) continue;
      unreceipted.set(file.run, nameOf({ bucket, key }));
    }
  };
  const countUploads = async ({ bucket, prefix }: ErrorLocation): Promise<void> => {
    for await (const { key } of objects.listUploads(bucket, prefix)) {
      const file = fileOfKey(key);
      if (file !== undefined) uploads.set(file.run, (uploads.get(file.run) ?? 0) + 1);
    }
  };

  const receiptPlaces = data.map(({ bucket }) => ({ bucket, prefix: receiptPrefix(flow.name) }));
  const output = ({ bucket, prefix }: ErrorLocation) => ({ bucket, prefix: outputPrefix(prefix, flow.name) });
  const looks: readonly (readonly [readonly ErrorLocation[], (place: ErrorLocation) => Promise<void>])[] = [
    [receiptPlaces, readReceipts],
    [data.map(output), lookForData],
    [[...data, ...errors].map(output), countUploads],
  ];
  for (const [places, look] of looks) {
    for (const place of onceEach(places)) {
      try {
        await look(place);
      } catch (error) {
        if (!(error instanceof ObjectStoreError) || (error.code !== "NoSuchBucket" && error.code !== "AccessDenied"))
          throw error;
        problems.push(`${nameOf({ bucket: place.bucket, key: place.prefix })} cannot be looked at: ${error.message}`);
      }
    }
  }
  return { receipts, unreceipted, uploads, problems: [...new Set(problems)] };
}

/** Where the flow's files of data and of rejected records are; none where this engine cannot write. */
function placesOf(
  { definition }: Flow,
  connectors: ReadonlyMap<string, Connector>,
): { readonly data: readonly ErrorLocation[]; readonly errors: readonly ErrorLocation[] } {
  const places = definition.destinations.flatMap(({ connector, settings }) => {
    const destination = connectors.get(connector)?.destination;
    if (destination?.files === undefined) return [];
    const target = destination.files(settings);
    return [{ target, errors: errorHandlingOf(destination, settings).location ?? defaultErrorLocation(target) }];
  });
  return { data: places.map(({ target }) => target), errors: places.map(({ errors }) => errors) };
}

function onceEach(places: readonly ErrorLocation[]): readonly ErrorLocation[] {
  return [...new Map(places.map((place) => [nameOf({ bucket: place.bucket, key: place.prefix }), place])).values()];
}

async function readText(bucket: string, key: string, objects: ObjectStore): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of objects.read(bucket, key)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
