/** A file of a decided run that cannot be published. A plain JSON value. */
export interface UnpublishedFile {
  readonly bucket: string;
  readonly key: string;
  /** `receipt`: the receipt itself. */
  readonly kind: "data" | "error" | "receipt";
  /** The destination's place in the flow's list; absent of a receipt. */
  readonly destination?: number;
  readonly records: number;
  readonly bytes: number;
  /** Why. */
  readonly reason: string;
}

/** So many are named where people read. */
const NAMED = 10;

/** What cannot be published, for people: which objects, and why. */
export function describeUnpublished(files: readonly UnpublishedFile[]): string {
  const reasons = new Set(
    files.slice(0, NAMED).map(({ bucket, key, reason }) => {
      const name = `${bucket}/${key}`;
      return reason.includes(name) ? reason : `\`${name}\`: ${reason}`;
    }),
  );
  const more = files.length - NAMED;
  return [...reasons, ...(more > 0 ? [`And so it is with ${more} other objects.`] : [])].join(" ");
}

/** What was given up, for people. */
export function describeLost(files: readonly UnpublishedFile[]): string {
  const records = files.reduce((sum, file) => sum + file.records, 0);
  const names = files.slice(0, NAMED).map(({ bucket, key }) => `\`${bucket}/${key}\``);
  const more = files.length > NAMED ? ` and ${files.length - NAMED} others` : "";
  const objects = files.length === 1 ? "one object" : `${files.length} objects`;
  return `${records} records were lost with ${objects} that were given up: ${names.join(", ")}${more}.`;
}
