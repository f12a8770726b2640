import { describe, expect, it } from "vitest";
import { msToMidnight } from "../../src/sdk/ms-to-midnight.ts";

describe("msToMidnight", () => {
  it.each([
    ["Mon, 01 Jun 2026 12:00:00 GMT", "America/Chicago", 17 * 3600],
    ["Thu, 01 Jan 2026 12:00:00 GMT", "America/Los_Angeles", 20 * 3600],
    ["Thu, 01 Jan 2026 23:59:59 GMT", "UTC", 1],
    ["Thu, 01 Jan 2026 00:00:00 GMT", "UTC", 86_400],
    ["soon", "UTC", 86_400],
  ])("from %s in %s: %d seconds", (date, timeZone, seconds) => {
    expect(msToMidnight(new Headers({ date }), timeZone)).toBe(seconds * 1000);
  });
});
