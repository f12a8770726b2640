import { afterAll, beforeAll } from "vitest";
import { ObjectStoreError } from "../../../src/sdk/object-store.ts";
import type { ObjectInfo, ObjectStore, ReadRange } from "../../../src/sdk/object-store.ts";
import type { ObjectStoreCase, OpenedObjectStore } from "../object-store.ts";

/** The store under test, open while the tests run, with what they do again and again. */
export interface Tested {
  readonly store: ObjectStore;
  readonly other: ObjectStore;
  readonly bucket: string;
  /** A prefix of its own for each test, so that one bucket serves them all. */
  readonly fresh: () => string;
  /** Whether the server is known to break this promise. */
  readonly waived: (promise: string) => boolean;
  readonly put: (key: string, body: string | Uint8Array) => Promise<void>;
  readonly read: (key: string, range?: ReadRange) => Promise<Buffer>;
  readonly text: (key: string) => Promise<string>;
  readonly keys: (prefix: string, after?: string) => Promise<string[]>;
}

/** Called within `describe`. */
export function openTested(subject: ObjectStoreCase): Tested {
  let opened: OpenedObjectStore;
  let prefixes = 0;
  beforeAll(async () => {
    opened = await subject.open();
  });
  afterAll(() => opened.close?.());

  const read = (key: string, range?: ReadRange) => collect(opened.store.read(opened.bucket, key, range));
  return {
    get store() {
      return opened.store;
    },
    get other() {
      return opened.other;
    },
    get bucket() {
      return opened.bucket;
    },
    fresh: () => `t${++prefixes}/`,
    waived: (promise) => subject.waivers?.has(promise) ?? false,
    put: (key, body) => opened.store.put(opened.bucket, key, Buffer.from(body)),
    read,
    text: async (key) => (await read(key)).toString(),
    keys: async (prefix, after) => (await listAll(opened.store, opened.bucket, prefix, after)).map(({ key }) => key),
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

export async function listAll(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  after?: string,
): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const info of store.list(bucket, prefix, after)) all.push(info);
  return all;
}

/** The code with which it fails; whoever fails otherwise breaks the contract. */
export async function failure(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return "no failure";
  } catch (error) {
    if (error instanceof ObjectStoreError) return error.code;
    throw error;
  }
}

export async function inGroups<T>(values: readonly T[], size: number, run: (value: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < values.length; at += size) await Promise.all(values.slice(at, at + size).map(run));
}

/** Bytes that show where they belong. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}
