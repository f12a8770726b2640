import { RecordSum } from "../batch/record-sum.ts";
import type { ClosedFile } from "./closed-file.ts";

/** The records of all the files together. */
export function sumOfRecords(files: Iterable<Pick<ClosedFile, "records" | "recordDigest">>): RecordSum {
  const sum = new RecordSum();
  for (const { records, recordDigest } of files) sum.addDigest(records, recordDigest);
  return sum;
}
