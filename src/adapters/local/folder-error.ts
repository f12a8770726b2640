import { ObjectStoreError } from "../../sdk/object-store.ts";
import type { ObjectStoreErrorCode } from "../../sdk/object-store.ts";

const MEANINGS: ReadonlyMap<string, { readonly code: ObjectStoreErrorCode; readonly advice: string }> = new Map([
  ["EACCES", { code: "AccessDenied", advice: "Let this user read and write the folder." }],
  ["EPERM", { code: "AccessDenied", advice: "Let this user read and write the folder." }],
  ["EROFS", { code: "AccessDenied", advice: "Its file system is read-only: choose another folder." }],
  ["ENOSPC", { code: "Unavailable", advice: "Its disk is full: make room and start again." }],
  ["EDQUOT", { code: "Unavailable", advice: "This user's quota is used up: make room and start again." }],
  ["EMFILE", { code: "Unavailable", advice: "This process has too many open files: raise its limit (`ulimit -n`)." }],
  ["ENFILE", { code: "Unavailable", advice: "The system has too many open files: raise its limit." }],
  ["ENAMETOOLONG", { code: "Invalid", advice: "The path is longer than its file system allows: shorten the prefix." }],
]);

/** What a failed call to the file system means for whoever uses the store. Its own errors pass through. */
export function folderError(error: unknown, doing: string): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const cause = errno(error);
  const { code, advice } = MEANINGS.get(cause) ?? {
    code: "Unavailable" as const,
    advice: "Check the disk and try again.",
  };
  return new ObjectStoreError(code, `Cannot ${doing} (${cause || String(error)}). ${advice}`, { cause: error });
}

/** The system's name for an error, such as `ENOENT`; empty for other errors. */
export function errno(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Undefined instead of failing when there is no such file. */
export async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
