import { receiptKey } from "../plan/output-layout.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { unstowList } from "../store/stowed-list.ts";
import { cleanUp } from "./clean-up.ts";
import { endRun } from "./end-run.ts";
import { makeReceipt, receiptBytes } from "./receipt.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import { summariseSegments } from "./segments-of-run.ts";
import type { RunFile } from "./segment.ts";
import { stowOf } from "./staging.ts";
import { blocked } from "./transitions.ts";

export interface PublishPorts {
  readonly runs: RunStore;
  readonly objects: ObjectStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A bucket of our own for what is too large for the stores. */
  readonly stagingBucket: string;
}

/** How long a store may refuse access before people are asked for help: after it, uploads are about to be lost. */
const PUBLISH_HORIZON_MS = 72 * 60 * 60 * 1000;

/** Objects that are completed at once. */
const AT_ONCE = 8;

/**
 * Makes everything visible that belongs to a decided run, and ends it: steps 7 to 9. Repeatable, and by any number of
 * callers at once: completing an upload again succeeds, so whoever finds a decided run may call this, after any crash.
 * Answers with the run as it then stands: ended, or blocked. Fails when a store does; then it is to be called again.
 */
export async function publishRun(run: Run, ports: PublishPorts): Promise<Run> {
  await checkSegments(run, ports.runs);
  for await (const files of chunksOf(publishSet(run, ports))) {
    const reasons = await Promise.all(files.map((file) => publishFile(file, run, ports)));
    const reason = reasons.find((each) => each !== undefined);
    if (reason !== undefined) return block(run, reason, ports);
  }
  if (run.state === "committed") await writeReceipt(run, ports);
  await cleanUp(run, ports);
  return endRun(run, ports);
}

/**
 * The files that the decision makes real. A run that counts shows all of them; one that does not shows what it rejected,
 * so that a failed run still tells what failed.
 */
async function* publishSet(
  run: Run,
  { runs, objects, stagingBucket }: Omit<PublishPorts, "now">,
): AsyncGenerator<RunFile> {
  const counts = run.state === "committed" || run.state === "published";
  for await (const { files } of runs.segments(run.flow, run.id)) {
    for (const file of await unstowList(files, stowOf(run, stagingBucket, objects))) {
      if (counts || file.kind === "error") yield file;
    }
  }
}

/** The files that a decided run shows, or is about to. */
export function listFiles(run: Run, ports: Omit<PublishPorts, "now">): Promise<readonly RunFile[]> {
  return collect(publishSet(run, ports));
}

/** A publisher that sees fewer segments than were decided on would leave records out. */
async function checkSegments(run: Run, runs: RunStore): Promise<void> {
  if (run.segments === undefined) return;
  const { seal } = await summariseSegments(run, runs);
  if (seal.digest === run.segments.digest) return;
  throw new Error(
    `Run ${run.id} of flow ${run.flow} was decided on ${run.segments.count} segments, and other ones are stored (${seal.count}).`,
  );
}

/** Why the file cannot be made visible; undefined when it is, or was. */
async function publishFile(file: RunFile, run: Run, { objects, now }: PublishPorts): Promise<string | undefined> {
  const { upload, parts } = file;
  const isLate = now() - run.updatedAt > PUBLISH_HORIZON_MS;
  try {
    await objects.completeUpload(upload, parts);
    return undefined;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    switch (error.code) {
      case "NoSuchUpload":
        if ((await objects.head(upload.bucket, upload.key)) === undefined) {
          // Nobody aborts what a decided run publishes: it was completed earlier, and somebody has moved it away since.
          // Only after days the bucket itself may have aborted it.
          if (!isLate) return undefined;
          return `The upload of \`${upload.bucket}/${upload.key}\` is gone, and so late nobody can tell whether it was published.`;
        }
        return `There is an object at \`${upload.bucket}/${upload.key}\` that the run did not write. It is left as it is.`;
      case "Invalid":
        return error.message;
      case "AccessDenied":
      case "NoSuchBucket":
        if (isLate) return error.message;
        throw error;
      default:
        throw error;
    }
  }
}

/** Step 8: whoever waits for the receipt finds everything it names. It goes into every bucket that the run writes to. */
async function writeReceipt(run: Run, ports: PublishPorts): Promise<void> {
  const receipt = receiptBytes(makeReceipt(run, await listFiles(run, ports)));
  for (const { bucket, key } of placesOfReceipt(run)) {
    await ports.objects.put(bucket, key, receipt, { contentType: "application/json" });
  }
}

/** Where the receipt of a planned run is to be found, the same one in each place. */
export function placesOfReceipt({ flow, id, plan }: Run): readonly { readonly bucket: string; readonly key: string }[] {
  const buckets = new Set(plan!.outputs.map(({ target }) => target.bucket));
  return Array.from(buckets, (bucket) => ({ bucket, key: receiptKey(flow, id) }));
}

/** It stays decided, and keeps its flow, until somebody helps. */
async function block(run: Run, reason: string, { runs, now }: PublishPorts): Promise<Run> {
  const told = blocked(run, reason, now());
  if (told !== undefined && (await runs.write({ run: told }))) return told;
  return (await runs.get(run.flow, run.id)) ?? run;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* chunksOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < AT_ONCE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
