import type { ClosedFile } from "../engine/closed-file.ts";
import { joinPieces } from "../engine/join-pieces.ts";
import { partitionId } from "../engine/partition-router.ts";
import { RunCancelled } from "../engine/run-failure.ts";
import type { PartitionOutcome } from "../engine/run-partition.ts";
import { objectKey } from "../plan/output-layout.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { unstowList } from "../store/stowed-list.ts";
import { noCounts } from "./run.ts";
import type { Run } from "./run.ts";
import { slicesOf } from "./segments-of-run.ts";
import type { RunFile } from "./segment.ts";
import { stowOf } from "./staging.ts";
import { keyParts, liveProgress, workSegments } from "./work-slice.ts";
import type { AttemptAt, WorkControl, WorkedSlice, WorkPorts } from "./work-slice.ts";

/**
 * Makes one file of the pieces that the slices have left, for every destination and partition that wants one. It is worked
 * on as if it were one more slice, behind the last: any number of callers may do so at once, one attempt at each of its
 * segments is registered, and what that wrote is published with everything else. Its source are the registered segments of
 * the slices: those never change any more, so every attempt finds the same. Fails unless all slices have ended.
 */
export async function gatherFiles(run: Run, ports: WorkPorts, control: WorkControl): Promise<WorkedSlice> {
  const { slices, gathers } = slicesOf(run.plan!);
  if (!gathers) return "end";
  const files = await filesOf(run, ports);
  return workSegments(run, slices, (attempt) => gather(run, files, attempt, ports, control), ports, control);
}

/** Files that are made at once: most of the time goes by with waiting, and each has two parts in memory at the most. */
const AT_ONCE = 4;

/** A file that is to be made. */
interface GatheredFile {
  readonly destination: number;
  readonly pieces: RunFile[];
}

async function gather(
  run: Run,
  files: readonly GatheredFile[],
  { piece, position, before }: AttemptAt,
  ports: WorkPorts,
  control: WorkControl,
): Promise<PartitionOutcome> {
  const plan = run.plan!;
  const made: ClosedFile[][] = plan.outputs.map(() => []);
  const tell = liveProgress(run, { slice: piece.slice, before }, ports, control);
  let counts = noCounts(plan.outputs.length);
  try {
    // A segment goes on with the first file that the one before has not made.
    let next = (position.page ?? 0) as number;
    while (next < files.length) {
      const some = files.slice(next, next + AT_ONCE);
      const joining = some.map(({ destination, pieces }) => {
        const progress = (bytes: number) => tell(withBytes(counts, destination, bytes));
        const io = { objects: ports.objects, signal: control.signal, progress };
        return joinPieces(pieces, placeOf(plan, destination, pieces[0]!, piece), plan.outputs[destination]!, io);
      });
      const joined = await Promise.allSettled(joining);
      for (const [i, file] of joined.entries()) {
        if (file.status === "rejected") continue;
        const { destination } = some[i]!;
        made[destination]!.push(file.value);
        counts = withBytes(counts, destination, file.value.bytes);
      }
      for (const file of joined) if (file.status === "rejected") throw file.reason;
      next += some.length;
      if (control.shouldStop()) break;
    }
    if (control.signal.aborted) throw new RunCancelled();
    return {
      state: "done",
      next: next < files.length ? { page: next, within: undefined } : null,
      counts,
      outputs: made.map((data) => ({ data, errors: [] })),
      versions: undefined,
    };
  } catch (error) {
    for (const { upload } of made.flat()) await Promise.allSettled([ports.objects.abortUpload(upload)]);
    const nothing = plan.outputs.map(() => ({ data: [], errors: [] }));
    return { state: "failed", error, counts: noCounts(plan.outputs.length), outputs: nothing };
  }
}

/** In the order of the slices, and of the segments of each, whoever wrote them when. */
async function filesOf(run: Run, { runs, objects, stagingBucket }: WorkPorts): Promise<readonly GatheredFile[]> {
  const files = new Map<string, GatheredFile>();
  const { slices } = slicesOf(run.plan!);
  let ended = 0;
  for await (const segment of runs.segments(run.flow, run.id)) {
    if (segment.slice >= slices) continue;
    if (segment.end.type === "end") ended++;
    for (const file of await unstowList(segment.files, stowOf(run, stagingBucket, objects))) {
      if (file.kind !== "piece") continue;
      const name = `${file.destination} ${partitionId(file.partition!.map(({ value }) => value))}`;
      const gathered = files.get(name) ?? { destination: file.destination, pieces: [] };
      gathered.pieces.push(file);
      files.set(name, gathered);
    }
  }
  if (ended === slices) return [...files.values()];
  throw new Error(`Only ${ended} of the ${slices} slices of run ${run.id} have ended: their files cannot be made.`);
}

/** Named as what one slice alone would write. */
function placeOf(plan: RunPlan, output: number, { partition }: RunFile, { segment, attempt }: AttemptAt["piece"]) {
  const { target } = plan.outputs[output]!;
  const piece = { slice: 0, segment, attempt };
  const parts = { ...keyParts(plan, output), piece, partition: partition!, sequence: 1 };
  return { bucket: target.bucket, key: objectKey(target, parts) };
}

/** Records were counted when the slices read them; how many bytes they take at the destination shows here. */
function withBytes(counts: RunCounts, destination: number, bytes: number): RunCounts {
  const destinations = counts.destinations.map((each, i) =>
    i === destination ? { ...each, bytesWritten: each.bytesWritten + bytes } : each,
  );
  return { ...counts, destinations };
}
