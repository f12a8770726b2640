import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import s3 from "../../../connectors/s3/index.ts";
import { createSource } from "../../../connectors/s3/source.ts";
import { FolderObjectStore } from "../../../src/adapters/local/folder-object-store.ts";
import type { FlowDefinition } from "../../../src/flow/flow.ts";
import type { ObjectInfo, ObjectStore } from "../../../src/sdk/object-store.ts";

/** When the state was made; what carries it on does so later. */
export const MADE_AT = 1_700_000_000_000;

/** The flows of the state, and how far each had come. */
export const FLOWS = ["finished", "claimed", "underway", "decided", "incremental"] as const;
export type FlowName = (typeof FLOWS)[number];

/** Every object is a slice of its own. */
const SIZES = { sliceBytes: 1, wholeBytes: 1e6, objectBytes: 1 };
export const CONNECTORS = new Map([["S3", { ...s3, source: createSource(SIZES) }]]);

/** What every flow reads: `objects` of two records each. */
export const OBJECTS = 6;

export function definitionOf(name: FlowName): FlowDefinition {
  return {
    name,
    trigger:
      name === "incremental"
        ? {
            type: "scheduled",
            schedule: {
              expression: { type: "rate", every: 1, unit: "hour" },
              startAt: MADE_AT - 3_600_000,
              pull: "incremental",
              offsetMs: 0,
            },
          }
        : { type: "on-demand" },
    source: {
      connector: "S3",
      settings: { bucketName: "in", s3InputFormatConfig: { s3InputFileType: "CSV" } },
    },
    destinations: [{ connector: "S3", settings: { bucketName: "out", bucketPrefix: name, s3OutputFormatConfig: {} } }],
    tasks: [{ type: "map-all", index: 0, exclude: [] }],
  };
}

/**
 * Buckets in a folder, but for `in`: so many objects, whose etags and times are the same wherever the folder lies. `now` is
 * what that bucket's clock says.
 */
export function openBuckets(root: string, objects: number, now: number): ObjectStore {
  const folders = new FolderObjectStore({ root });
  const input = Array.from({ length: objects }, (_, i) => ({
    info: {
      key: `${i}.csv`,
      size: bodyOf(i).length,
      etag: `"v${i}"`,
      // Those after the first belong to what has come since.
      modifiedAt: i < OBJECTS ? MADE_AT - 600_000 : MADE_AT + 600_000,
    } satisfies ObjectInfo,
    body: bodyOf(i),
  }));
  const find = (key: string) => input.find(({ info }) => info.key === key);
  const overrides: Pick<ObjectStore, "list" | "head" | "read" | "clock"> = {
    async *list(bucket, prefix, after) {
      if (bucket !== "in") return yield* folders.list(bucket, prefix, after);
      for (const { info } of input) if (after === undefined || info.key > after) yield info;
    },
    head: async (bucket, key) => (bucket === "in" ? find(key)?.info : folders.head(bucket, key)),
    async *read(bucket, key, range) {
      if (bucket !== "in") return yield* folders.read(bucket, key, range);
      yield find(key)!.body.subarray(range?.from, range?.to);
    },
    clock: async (bucket) => (bucket === "in" ? now : folders.clock(bucket)),
  };
  return new Proxy(folders, {
    get(target, name) {
      if (Object.hasOwn(overrides, name)) return overrides[name as keyof typeof overrides];
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

function bodyOf(number: number): Buffer {
  return Buffer.from(`id,text\n${number * 2},a\n${number * 2 + 1},"Ü, b"\n`);
}

/** A file's path to its bytes in base64. */
export type Files = Readonly<Record<string, string>>;

export async function readFiles(root: string): Promise<Files> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const entries = paths.toSorted().map(async (path) => [path.slice(root.length + 1), await readFile(path, "base64")]);
  return Object.fromEntries(await Promise.all(entries)) as Files;
}

export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes, "base64");
  }
}
