import { createHash } from "node:crypto";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { RunFile } from "./segment.ts";

export interface PublishRules {
  /** False once a store has refused access for so long that people are asked. */
  readonly waits: boolean;
  /** True once the decision is so old that the bucket itself may have thrown the upload away. */
  readonly late: boolean;
  /** True of a file that could not be published before: only if it is seen is it there. */
  readonly doubted: boolean;
}

/**
 * Makes a file visible. Undefined when it is, or was; otherwise why it cannot be, which no repetition changes. Fails when
 * one may: then it is to be called again.
 */
export async function publishFile(
  file: RunFile,
  objects: ObjectStore,
  { waits, late, doubted }: PublishRules,
): Promise<string | undefined> {
  const { upload, parts } = file;
  try {
    await objects.completeUpload(upload, parts);
    return undefined;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    switch (error.code) {
      case "NoSuchUpload":
        return unlessPublished(file, objects, late || doubted);
      case "Invalid":
        return error.message;
      case "AccessDenied":
      case "NoSuchBucket":
        if (waits) throw error;
        return error.message;
      default:
        throw error;
    }
  }
}

/** There is no upload: it was completed, and the object is there, or was moved away since; or it is lost. */
async function unlessPublished(file: RunFile, objects: ObjectStore, doubtful: boolean): Promise<string | undefined> {
  const { bucket, key } = file.upload;
  const found = await objects.head(bucket, key);
  if (found === undefined) {
    // Nobody aborts what a decided run publishes: it was completed earlier, and somebody has moved it away since.
    if (!doubtful) return undefined;
    return `The upload of \`${bucket}/${key}\` is gone, and its object is not there: nobody can tell whether it was published.`;
  }
  if (found.size === file.bytes && (await sha256Of(objects, bucket, key)) === file.sha256) return undefined;
  return `There is an object at \`${bucket}/${key}\` that the run did not write. It is left as it is.`;
}

async function sha256Of(objects: ObjectStore, bucket: string, key: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of objects.read(bucket, key)) hash.update(chunk);
  return hash.digest("hex");
}
