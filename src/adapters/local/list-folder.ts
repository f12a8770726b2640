import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareKeys } from "../../sdk/compare-keys.ts";
import type { ObjectInfo } from "../../sdk/object-store.ts";
import { ifThere } from "./folder-error.ts";
import { meaningOf, segmentOf } from "./key-names.ts";
import type { NameKind } from "./key-names.ts";
import { infoOf } from "./object-folder.ts";
import type { ObjectFolder } from "./object-folder.ts";

/** The objects whose keys begin with `prefix`, those after `after` only, in the order of their keys' bytes. */
export async function* listFolder(objects: ObjectFolder, prefix: string, after?: string): AsyncGenerator<ObjectInfo> {
  const segments = prefix.split("/").slice(0, -1);
  const folder = await objects.findFolder(segments);
  if (folder === undefined) return;
  const base = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  yield* walk(objects, folder, base, { prefix, after });
}

interface Wanted {
  readonly prefix: string;
  readonly after: string | undefined;
}

/** Holds the names of one folder on each level, and nothing else. */
async function* walk(objects: ObjectFolder, folder: string, base: string, wanted: Wanted): AsyncGenerator<ObjectInfo> {
  const entries = (await entriesOf(folder, base)).filter((entry) => isWanted(entry, wanted));
  entries.sort((a, b) => compareKeys(a.key, b.key));
  for (const { key, path, isFolder } of entries) {
    if (isFolder) yield* walk(objects, path, key, wanted);
    else {
      const info = await inspect(objects, key, path);
      if (info !== undefined) yield info;
    }
  }
}

interface Entry {
  /** A folder's ends in a slash: that is where it belongs among the others, since all keys below begin so. */
  readonly key: string;
  readonly path: string;
  readonly isFolder: boolean;
}

function isWanted({ key, isFolder }: Entry, { prefix, after }: Wanted): boolean {
  if (!key.startsWith(prefix)) return false;
  if (after === undefined || compareKeys(key, after) > 0) return true;
  return isFolder && after.startsWith(key);
}

/** One entry for each key and each folder of keys directly below `base`. */
async function entriesOf(folder: string, base: string): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  for await (const { entry, names, escaped, kind } of namesIn(folder, [], "")) {
    const segment = segmentOf(names, escaped, kind);
    if (segment === undefined) continue;
    const path = join(folder, ...names);
    if (entry.isDirectory() && kind === "key") {
      entries.set(`${base}${segment}/`, { key: `${base}${segment}/`, path, isFolder: true });
    } else if (entry.isFile() && (kind === "key" || !entries.has(base + segment))) {
      entries.set(base + segment, { key: base + segment, path, isFolder: false });
    }
  }
  return [...entries.values()];
}

interface FoundName {
  readonly entry: Dirent;
  readonly names: readonly string[];
  readonly escaped: string;
  readonly kind: NameKind;
}

/** The names in a folder, those of long segments put together from the folders of their parts. */
async function* namesIn(folder: string, parents: readonly string[], begun: string): AsyncGenerator<FoundName> {
  const path = join(folder, ...parents);
  for (const entry of (await ifThere(readdir(path, { withFileTypes: true }))) ?? []) {
    const meaning = meaningOf(entry.name);
    if (meaning === undefined) continue;
    const names = [...parents, entry.name];
    const escaped = begun + meaning.escaped;
    if (meaning.type === "segment") yield { entry, names, escaped, kind: meaning.kind };
    else if (entry.isDirectory()) yield* namesIn(folder, names, escaped);
  }
}

async function inspect(objects: ObjectFolder, key: string, path: string): Promise<ObjectInfo | undefined> {
  const stats = await ifThere(lstat(path, { bigint: true }));
  if (stats?.isFile()) return infoOf(key, stats);
  // It was deleted or moved aside since the folder was read.
  const found = await objects.find(key);
  return found && infoOf(key, found.stats);
}
