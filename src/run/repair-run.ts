import { stowList } from "../store/stowed-list.ts";
import { publishFiles, publishRun } from "./publish-run.ts";
import { lostFiles } from "./publish-set.ts";
import { refusedReceipts } from "./write-receipt.ts";
import type { PublishPorts } from "./publish-run.ts";
import type { Run } from "./run.ts";
import { stowOf } from "./staging.ts";
import { givenUp, retried } from "./transitions.ts";
import { describeLost } from "./unpublished-file.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

/**
 * Publishes a blocked run again, once somebody has mended what was in its way. Answers with the run as it then stands: ended,
 * or blocked again. A file for which it was blocked counts as published only if it is seen.
 */
export async function retryRun(run: Run, ports: PublishPorts): Promise<Run> {
  const next = retried(run, ports.now());
  return next === undefined ? run : writeAndPublish(next, ports);
}

/**
 * Publishes a blocked run without what cannot be published now, whatever may have been in its way before. The records of
 * that are lost: the run's message says so, and its receipt names each object. Answers with the run as it then stands.
 */
export async function giveUpRun(run: Run, ports: PublishPorts): Promise<Run> {
  if (run.blocked === undefined) return run;
  const lost: readonly UnpublishedFile[] = [
    ...(await lostFiles(run, ports)),
    ...(await publishFiles(run, ports, GIVING_UP)),
    ...(await refusedReceipts(run, ports)),
  ];
  if (lost.length === 0) return retryRun(run, ports);
  const stowed = await stowList(lost, stowOf(run, ports.stagingBucket, ports.objects));
  const message = [run.message, describeLost(lost)].filter((part) => part !== undefined).join(" ");
  const next = givenUp(run, { lost: stowed, message }, ports.now());
  return next === undefined ? run : writeAndPublish(next, ports);
}

/** What was not in doubt when the run was blocked was published then. */
const GIVING_UP = { waits: false, late: false };

/** Whoever else has changed the run meanwhile has helped it, too. */
async function writeAndPublish(next: Run, ports: PublishPorts): Promise<Run> {
  if (await ports.runs.write({ run: next })) return publishRun(next, ports);
  return (await ports.runs.get(next.flow, next.id)) ?? next;
}
