import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";

const FOLDER = join(import.meta.dirname, "../../connectors");

describe("the catalogue", () => {
  it("has every connector that has a folder, under its folder's name", () => {
    const folders = readdirSync(FOLDER, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith("_"),
    );

    expect(connectors.map(({ type }) => type.toLowerCase()).toSorted()).toEqual(
      folders.map(({ name }) => name).toSorted(),
    );
  });

  it.each(connectors.map((connector) => [connector.type, connector] as const))("has a usable %s", (_, connector) => {
    expect(connector.source ?? connector.destination).toBeDefined();
    expect(connector.label).not.toBe("");
    expect(new URL(connector.docs).protocol).toBe("https:");
  });
});
