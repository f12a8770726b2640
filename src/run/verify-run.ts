import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { listFiles, lostFiles } from "./publish-set.ts";
import { placesOfReceipt } from "./write-receipt.ts";
import type { ListPorts } from "./publish-set.ts";
import { makeReceipt, receiptBytes } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";
import type { Run } from "./run.ts";
import { nameOf, verifyReceipt } from "./verify-receipt.ts";
import type { Fault, VerifyProgress } from "./verify-receipt.ts";

/**
 * Verifies a published run: its receipt, in each place, is the one that follows from what was decided, to the byte; and
 * everything is as that says.
 */
export async function verifyRun(
  run: Run,
  ports: ListPorts,
  signal: AbortSignal,
  progress?: (progress: VerifyProgress) => void,
): Promise<{ readonly receipt: Receipt; readonly faults: readonly Fault[] }> {
  const lost = await lostFiles(run, ports);
  const given = new Set(lost.map(nameOf));
  const receipt = makeReceipt(run, await listFiles(run, ports), lost);
  const faults: Fault[] = [];
  for (const place of placesOfReceipt(run).filter((each) => !given.has(nameOf(each)))) {
    const stored = await readObject(place, ports.objects);
    const object = nameOf(place);
    if (stored === undefined)
      faults.push({ object, fault: "missing", message: `${object}, the receipt, is not there.` });
    else if (!stored.equals(receiptBytes(receipt))) {
      faults.push({ object, fault: "receipt", message: `${object} is not the receipt that was written.` });
    }
  }
  return { receipt, faults: [...faults, ...(await verifyReceipt(receipt, ports.objects, signal, progress))] };
}

async function readObject(
  { bucket, key }: { readonly bucket: string; readonly key: string },
  objects: ObjectStore,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of objects.read(bucket, key)) chunks.push(Buffer.from(chunk));
  } catch (error) {
    if (error instanceof ObjectStoreError && (error.code === "NoSuchObject" || error.code === "NoSuchBucket"))
      return undefined;
    throw error;
  }
  return Buffer.concat(chunks);
}
