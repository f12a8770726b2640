import { unionOfVersions, VersionSet } from "../engine/versions.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { stowBytes, unstowBytes } from "../store/stowed-bytes.ts";
import type { Stow, StowedBytes } from "../store/stowed-bytes.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import { DELIVERED, stowOf } from "./staging.ts";

/*
 * What incremental runs have delivered of the time that the next one reaches back over. It is made of what runs that count
 * have read, never of what the source has by then: a record that turned up late would be in there, and never delivered.
 */

interface DeliveredPorts {
  readonly objects: ObjectStore;
  readonly stagingBucket: string;
}

function deliveredStow({ flow, flowId }: Pick<Run, "flow" | "flowId">, ports: DeliveredPorts): Stow {
  return { objects: ports.objects, bucket: ports.stagingBucket, prefix: `${DELIVERED}${flow}/${flowId}/` };
}

/** What was delivered before a run, to be looked up. */
export async function deliveredOf(
  run: Pick<Run, "flow" | "flowId">,
  stowed: StowedBytes | undefined,
  ports: DeliveredPorts,
): Promise<VersionSet | undefined> {
  return stowed && new VersionSet(await unstowBytes(stowed, deliveredStow(run, ports)));
}

/**
 * What will have been delivered when the run counts: what its segments read, and what was before, as far as the next window
 * reaches back. Undefined for a run that moves no position. Repeatable.
 */
export async function gatherDelivered(
  run: Run,
  ports: DeliveredPorts & { readonly runs: RunStore },
): Promise<StowedBytes | undefined> {
  const { window, delivered } = run.plan!;
  if (window === undefined || window.apart) return undefined;
  const lists: Buffer[] = [];
  if (delivered !== undefined) lists.push(await unstowBytes(delivered, deliveredStow(run, ports)));
  for await (const { versions } of ports.runs.segments(run.flow, run.id)) {
    if (versions !== undefined)
      lists.push(await unstowBytes(versions, stowOf(run, ports.stagingBucket, ports.objects)));
  }
  return stowBytes(unionOfVersions(lists, window.rememberAfter), deliveredStow(run, ports));
}

/** Removes what was stowed for runs before the one that counts last, which holds the flow. What its receipt names stays. */
export async function clearSuperseded(run: Run, ports: DeliveredPorts & { readonly runs: RunStore }): Promise<void> {
  const position = await ports.runs.position(run.flow);
  if (position?.active !== run.id) return;
  const { bucket, prefix, objects } = deliveredStow(run, ports);
  const current = objectOf(position.delivered);
  if ((current ?? objectOf(run.plan?.delivered)) === undefined) return;
  for await (const { key } of objects.list(bucket, prefix)) {
    if (current === undefined || !key.startsWith(prefix + current)) await objects.delete(bucket, key);
  }
}

function objectOf(stowed: StowedBytes | undefined): string | undefined {
  return stowed !== undefined && "sha256" in stowed ? stowed.sha256 : undefined;
}
