import { stowList } from "../store/stowed-list.ts";
import { cleanUp } from "./clean-up.ts";
import { clearSuperseded } from "./delivered.ts";
import { endRun } from "./end-run.ts";
import { publishFile } from "./publish-file.ts";
import type { PublishRules } from "./publish-file.ts";
import { blockedFiles, nameOf, namesOf, publishSet } from "./publish-set.ts";
import type { ListPorts } from "./publish-set.ts";
import { eventsOf } from "./run-events.ts";
import type { RunStore } from "./run-store.ts";
import type { InboxPorts } from "./inbox-source.ts";
import type { Run } from "./run.ts";
import { summariseSegments } from "./segments-of-run.ts";
import { removeEvents } from "./source-of-run.ts";
import { stowOf } from "./staging.ts";
import { blocked } from "./transitions.ts";
import { describeUnpublished } from "./unpublished-file.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";
import { writeReceipt } from "./write-receipt.ts";

export type PublishPorts = ListPorts & InboxPorts;

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
  const late = ports.now() - run.updatedAt > PUBLISH_HORIZON_MS;
  const files = await publishFiles(run, ports, { waits: !late, late });
  if (files.length > 0) return block(run, files, ports);
  const receipts = run.state === "committed" ? await writeReceipt(run, ports, !late) : [];
  if (receipts.length > 0) return block(run, receipts, ports);
  await cleanUp(run, ports);
  if (run.state === "committed") await clearSuperseded(run, ports);
  await removeEvents(run, ports);
  return endRun(run, ports);
}

/**
 * Makes all of a decided run visible that can be. Answers with what cannot be. With `waits` it fails where a store refuses
 * access, so that it is tried again, instead of taking that for its last word.
 */
export async function publishFiles(
  run: Run,
  ports: PublishPorts,
  { waits, late }: Pick<PublishRules, "waits" | "late">,
): Promise<readonly UnpublishedFile[]> {
  await checkSegments(run, ports.runs);
  const doubted = namesOf(await blockedFiles(run, ports));
  const unpublished: UnpublishedFile[] = [];
  for await (const files of chunksOf(publishSet(run, ports))) {
    const reasons = await Promise.all(
      files.map((file) => publishFile(file, ports.objects, { waits, late, doubted: doubted.has(nameOf(file.upload)) })),
    );
    for (const [i, { upload, kind, destination, records, bytes }] of files.entries()) {
      const { bucket, key } = upload;
      const reason = reasons[i];
      if (reason !== undefined) unpublished.push({ bucket, key, kind, destination, records, bytes, reason });
    }
  }
  return unpublished;
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

/** It stays decided, and keeps its flow, until somebody helps. */
async function block(run: Run, files: readonly UnpublishedFile[], ports: PublishPorts): Promise<Run> {
  const { runs, objects, stagingBucket, now } = ports;
  const by = await stowList(files, stowOf(run, stagingBucket, objects));
  const told = blocked(run, describeUnpublished(files), by, now());
  if (told !== undefined && (await runs.write({ run: told, events: eventsOf(run, told) }))) return told;
  return (await runs.get(run.flow, run.id)) ?? run;
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
