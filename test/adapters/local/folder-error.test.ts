import { describe, expect, it } from "vitest";
import { folderError } from "../../../src/adapters/local/folder-error.ts";
import { isOtherCase } from "../../../src/adapters/local/object-folder.ts";
import { ObjectStoreError } from "../../../src/sdk/object-store.ts";

describe("folderError", () => {
  it.each([
    ["EACCES", "AccessDenied"],
    ["EROFS", "AccessDenied"],
    ["ENOSPC", "Unavailable"],
    ["EMFILE", "Unavailable"],
    ["ENAMETOOLONG", "Invalid"],
    ["EIO", "Unavailable"],
  ])("makes %s a failure %s that says what to do and why", (code, expected) => {
    const cause = Object.assign(new Error("from the system"), { code });

    const error = folderError(cause, "write `a`");

    expect(error).toMatchObject({ code: expected, cause });
    expect(error.message).toContain(`Cannot write \`a\` (${code}). `);
  });

  it("lets the store's own errors pass", () => {
    const own = new ObjectStoreError("Exists", "exists");

    expect(folderError(own, "write `a`")).toBe(own);
  });
});

describe("isOtherCase", () => {
  it.each([
    ["/lake/Orders", "/lake/orders", true],
    ["/lake/\u00e9", "/lake/e\u0301", true],
    ["/lake/orders", "/elsewhere/orders", false],
  ])("compares %j and %j", (a, b, expected) => {
    expect(isOtherCase(a, b)).toBe(expected);
  });
});
