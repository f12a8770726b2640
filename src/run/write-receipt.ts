import { receiptKey } from "../plan/output-layout.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import { blockedFiles, listFiles, lostFiles, nameOf, namesOf } from "./publish-set.ts";
import type { ListPorts } from "./publish-set.ts";
import { makeReceipt, receiptBytes } from "./receipt.ts";
import type { Run } from "./run.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

/** Step 8: whoever waits for the receipt finds everything it names. It goes into every bucket that the run writes to. */
export async function writeReceipt(run: Run, ports: ListPorts, waits: boolean): Promise<readonly UnpublishedFile[]> {
  const lost = await lostFiles(run, ports);
  const body = receiptBytes(makeReceipt(run, await listFiles(run, ports), lost));
  const given = namesOf(lost);
  const unpublished: UnpublishedFile[] = [];
  for (const { bucket, key } of placesOfReceipt(run).filter((place) => !given.has(nameOf(place)))) {
    try {
      await ports.objects.put(bucket, key, body, { contentType: "application/json" });
    } catch (error) {
      if (waits || !isRefusal(error)) throw error;
      unpublished.push(unpublishedReceipt({ bucket, key }, error.message));
    }
  }
  return unpublished;
}

/** The places where a receipt cannot be: they were in the way before, or what is there lets nobody look. */
export async function refusedReceipts(run: Run, ports: ListPorts): Promise<readonly UnpublishedFile[]> {
  if (run.state !== "committed") return [];
  const refused = (await blockedFiles(run, ports)).filter(({ kind }) => kind === "receipt");
  const known = namesOf([...refused, ...(await lostFiles(run, ports))]);
  for (const place of placesOfReceipt(run).filter((each) => !known.has(nameOf(each)))) {
    try {
      await ports.objects.head(place.bucket, place.key);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push(unpublishedReceipt(place, error.message));
    }
  }
  return refused;
}

function unpublishedReceipt({ bucket, key }: ReceiptPlace, reason: string): UnpublishedFile {
  return { bucket, key, kind: "receipt", records: 0, bytes: 0, reason };
}

/** What a store does not change its mind about by itself. */
function isRefusal(error: unknown): error is ObjectStoreError {
  return error instanceof ObjectStoreError && (error.code === "AccessDenied" || error.code === "NoSuchBucket");
}

interface ReceiptPlace {
  readonly bucket: string;
  readonly key: string;
}

/** Where the receipt of a planned run is to be found, the same one in each place. */
export function placesOfReceipt({ flow, id, plan }: Run): readonly ReceiptPlace[] {
  const buckets = new Set(plan!.outputs.map(({ target }) => target.bucket));
  return Array.from(buckets, (bucket) => ({ bucket, key: receiptKey(flow, id) }));
}
