import { describe } from "vitest";
import type { ObjectStore } from "../../src/sdk/object-store.ts";
import { keyPromises } from "./object-store/keys.ts";
import { listingPromises } from "./object-store/listing.ts";
import { objectPromises } from "./object-store/objects.ts";
import { openTested } from "./object-store/tested.ts";
import { uploadPromises } from "./object-store/uploads.ts";

export interface ObjectStoreCase {
  readonly name: string;
  open(): Promise<OpenedObjectStore>;
  /** How many uploads are open at the same time; fewer where each costs a request. */
  readonly openUploads: number;
  /** How many random histories are tried. */
  readonly histories: number;
  /** Promises that the server behind the store breaks: the test's name or the key, and why. They must fail. */
  readonly waivers?: ReadonlyMap<string, string>;
}

export interface OpenedObjectStore {
  /** A bucket that is there, empty, and only ours. */
  readonly bucket: string;
  readonly store: ObjectStore;
  /** A second store over the same buckets, as another process would have it. */
  readonly other: ObjectStore;
  close?(): Promise<void>;
}

/** Everything that an `ObjectStore` promises. */
export function objectStoreContract(subject: ObjectStoreCase): void {
  describe(`object store: ${subject.name}`, () => {
    const tested = openTested(subject);

    objectPromises(tested);
    listingPromises(tested, subject.histories);
    keyPromises(tested);
    uploadPromises(tested, subject.openUploads);
  });
}
