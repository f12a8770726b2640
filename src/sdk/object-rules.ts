import { MAX_PARTS, MIN_PART_BYTES, ObjectStoreError } from "./object-store.ts";
import type { ReadRange, UploadedPart } from "./object-store.ts";

/* What every object store refuses before it does anything, so that all of them refuse the same. */

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** Fails with `Invalid` unless S3 could hold the key: 1 to 1024 bytes of UTF-8. */
export function checkKey(key: string): void {
  if (key === "") throw invalid("An object's key is empty. Give it at least one character.");
  if (!key.isWellFormed()) {
    throw invalid(`The key ${JSON.stringify(key)} is not valid Unicode. Remove its lone surrogates.`);
  }
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY_BYTES) {
    throw invalid(
      `The key \`${key.slice(0, 80)}…\` has ${size} bytes. S3 allows ${MAX_KEY_BYTES}: shorten its prefix.`,
    );
  }
}

export function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return;
  throw invalid(`There is no part number ${number}. Parts are numbered from 1 to ${MAX_PARTS}.`);
}

/** Fails with `Invalid` unless the parts make an object: at least one, in ascending order, large enough. */
export function checkPartList(parts: readonly UploadedPart[]): void {
  if (parts.length === 0) throw invalid("An upload without parts cannot be completed. Upload one, or abort it.");
  for (const [index, { number, size }] of parts.entries()) {
    checkPartNumber(number);
    if (index > 0 && number <= parts[index - 1]!.number) {
      throw invalid(`Part ${number} is listed after part ${parts[index - 1]!.number}. List parts in ascending order.`);
    }
    if (index < parts.length - 1 && size < MIN_PART_BYTES) {
      throw invalid(`Part ${number} has ${size} bytes. All parts but the last must have at least ${MIN_PART_BYTES}.`);
    }
  }
}

/** Fails with `Invalid` unless the range could be one of an object. Ranges that go beyond the end are cut there. */
export function checkRange({ from = 0, to }: ReadRange): void {
  const whole = Number.isSafeInteger(from) && (to === undefined || Number.isSafeInteger(to));
  if (whole && from >= 0 && (to === undefined || to >= from)) return;
  throw invalid(`There is no range from ${from} to ${to ?? "the end"}. Give whole numbers with 0 ≤ from ≤ to.`);
}

function invalid(message: string): ObjectStoreError {
  return new ObjectStoreError("Invalid", message);
}
