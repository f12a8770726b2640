import { sumOfRecords } from "../engine/sum-of-records.ts";
import type { DigestedFormat } from "../formats/record-digest.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { Window } from "../plan/run-plan.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { Run } from "./run.ts";
import type { PublicFile } from "./publish-set.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

/** What a run that counts has left behind: docs/receipts.md. A plain JSON value. */
export interface Receipt {
  readonly version: 1;
  readonly flow: string;
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly window?: Window;
  /** Which flow of that name it was. Absent, as the next two, in receipts of before that was kept. */
  readonly flowId?: string;
  /** How many runs had moved the flow's position when this one counted, with it. */
  readonly moves?: number;
  /** Of a run that moved it: what was delivered by then, itself, or the name of the object in the staging bucket that has it. */
  readonly delivered?: StowedBytes;
  readonly counts: RunCounts;
  readonly destinations: readonly ReceiptDestination[];
  readonly objects: readonly ReceiptObject[];
  /** What belongs to the run, and was given up, because it could not be published. Absent where nothing was. */
  readonly lost?: readonly UnpublishedFile[];
}

export interface ReceiptDestination {
  /** Of all its records in `objects`, whatever files they are in (RecordSum). */
  readonly recordDigest: string;
  /** Whether its rejected records are in an object, or only counted. */
  readonly keepsRejected: boolean;
}

export interface ReceiptObject {
  readonly bucket: string;
  readonly key: string;
  /** `error` objects hold rejected records. */
  readonly kind: "data" | "error";
  /** The destination's place in the flow's list. */
  readonly destination: number;
  readonly format: DigestedFormat;
  readonly records: number;
  readonly bytes: number;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Of its records, whatever their order (RecordSum). */
  readonly recordDigest: string;
}

/** The receipt of a committed run with these files. The same run always has the same one, to the byte. */
export function makeReceipt(
  { flow, flowId, id, startedAt, plan, counts, mark }: Run,
  files: readonly PublicFile[],
  lost: readonly UnpublishedFile[],
): Receipt {
  const { window, outputs } = plan!;
  const objects = files.map(({ upload, kind, destination, records, bytes, sha256, recordDigest }): ReceiptObject => {
    const format = kind === "error" ? "json" : outputs[destination]!.target.format;
    const { bucket, key } = upload;
    return { bucket, key, kind, destination, format, records, bytes, sha256, recordDigest };
  });
  const destinations = outputs.map(({ errors }, destination): ReceiptDestination => {
    const { digest } = sumOfRecords(objects.filter((each) => each.kind === "data" && each.destination === destination));
    return { recordDigest: digest, keepsRejected: errors !== undefined };
  });
  return {
    version: 1,
    flow,
    run: id,
    startedAt,
    ...(window !== undefined && { window }),
    ...(mark !== undefined && { flowId, ...mark }),
    counts,
    destinations,
    objects,
    ...(lost.length > 0 && { lost }),
  };
}

export function receiptBytes(receipt: Receipt): Buffer {
  return Buffer.from(`${JSON.stringify(receipt)}\n`);
}
