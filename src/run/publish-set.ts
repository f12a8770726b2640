import type { ObjectStore } from "../sdk/object-store.ts";
import { unstowList } from "../store/stowed-list.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import type { RunFile } from "./segment.ts";
import { stowOf } from "./staging.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

export interface ListPorts {
  readonly runs: RunStore;
  readonly objects: ObjectStore;
  /** A bucket of our own for what is too large for the stores. */
  readonly stagingBucket: string;
}

/**
 * The files that the decision makes real. A run that counts shows all of them; one that does not shows what it rejected,
 * so that a failed run still tells what failed: up to the first slice that did, whatever others were read at the same time.
 */
export async function* publishSet(run: Run, { runs, objects, stagingBucket }: ListPorts): AsyncGenerator<PublicFile> {
  const counts = run.state === "committed" || run.state === "published";
  const lost = namesOf(await lostFiles(run, { objects, stagingBucket }));
  for await (const { files, end } of runs.segments(run.flow, run.id)) {
    for (const file of await unstowList(files, stowOf(run, stagingBucket, objects))) {
      if (isPublic(file) && (counts || file.kind === "error") && !lost.has(nameOf(file.upload))) yield file;
    }
    if (end.type === "failed") return;
  }
}

/** A file that is to be seen. */
export interface PublicFile extends RunFile {
  readonly kind: "data" | "error";
}

function isPublic(file: RunFile): file is PublicFile {
  return file.kind !== "piece";
}

/** The files that somebody gave up, because they could not be published. */
export function lostFiles(
  run: Run,
  { objects, stagingBucket }: Omit<ListPorts, "runs">,
): Promise<readonly UnpublishedFile[]> {
  return unstowList(run.lost ?? { list: [] }, stowOf(run, stagingBucket, objects));
}

/** The files for which the run was blocked last. */
export function blockedFiles(
  run: Run,
  { objects, stagingBucket }: Omit<ListPorts, "runs">,
): Promise<readonly UnpublishedFile[]> {
  return unstowList(run.blockedBy ?? { list: [] }, stowOf(run, stagingBucket, objects));
}

export function namesOf(files: readonly UnpublishedFile[]): ReadonlySet<string> {
  return new Set(files.map(nameOf));
}

/** Two names are equal only if both of their parts are: a bucket has no slash. */
export function nameOf({ bucket, key }: { readonly bucket: string; readonly key: string }): string {
  return `${bucket}/${key}`;
}

/** The files that a decided run shows, or is about to. */
export async function listFiles(run: Run, ports: ListPorts): Promise<readonly PublicFile[]> {
  const files: PublicFile[] = [];
  for await (const file of publishSet(run, ports)) files.push(file);
  return files;
}
