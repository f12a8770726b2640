import type { PartitionValues } from "../plan/run-plan.ts";
import type { Upload, UploadedPart } from "../sdk/object-store.ts";

/** A file that is written whole and waits, invisible, for the run's decision. A plain JSON value. */
export interface ClosedFile {
  readonly upload: Upload;
  readonly parts: readonly UploadedPart[];
  readonly records: number;
  readonly bytes: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Of its records, whatever their order (RecordSum). */
  readonly recordDigest: string;
  /** Only of a piece: the partition of whose file it is one. */
  readonly partition?: PartitionValues;
}
