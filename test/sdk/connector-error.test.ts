import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CONNECTOR_ERRORS, ConnectorError } from "../../src/sdk/connector-error.ts";

describe("CONNECTOR_ERRORS", () => {
  it("is what docs/errors.md explains", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
    const rows = [...page.matchAll(/^\| ([A-Z]\w+) \| (yes|no) \| (\w+) \| .+ \| .+ \|$/gm)].map((row) =>
      row.slice(1, 4),
    );

    const table = Object.entries(CONNECTOR_ERRORS).map(([code, { retry, fault }]) => [
      code,
      retry ? "yes" : "no",
      fault,
    ]);
    expect(rows).toEqual(table);
  });
});

describe("ConnectorError", () => {
  it("keeps its cause and how long to wait", () => {
    const cause = new Error("reset");

    const error = new ConnectorError("RateLimitExceeded", "GET https://api.example/: wait", {
      cause,
      retryAfterMs: 500,
    });

    expect(error).toMatchObject({ name: "ConnectorError", code: "RateLimitExceeded", cause, retryAfterMs: 500 });
    expect("cause" in new ConnectorError("ServerError", "x")).toBe(false);
  });
});
