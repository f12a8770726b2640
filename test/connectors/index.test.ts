import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import {
  ConnectorType,
  DestinationConnectorProperties,
  SourceConnectorProperties,
} from "../../src/api/connector-shapes.ts";
import { ConnectorProfileCredentials, ConnectorProfileProperties } from "../../src/api/profile-shapes.ts";
import type { StructureShape } from "../../src/api/shape.ts";
import type { Connector } from "../../src/sdk/connector.ts";

const FOLDER = join(import.meta.dirname, "../../connectors");

const members = ({ members: all }: StructureShape) => [...all.keys()];

describe("the catalogue", () => {
  it("has every connector that AppFlow names, once", () => {
    expect(connectors.map(({ type }) => type).toSorted()).toEqual([...ConnectorType.values!].toSorted());
  });

  it.each([
    [
      "sources",
      SourceConnectorProperties,
      ({ source }: Connector) => (source?.borrows === undefined ? source : undefined),
    ],
    ["destinations", DestinationConnectorProperties, ({ destination }: Connector) => destination],
    ["profiles", ConnectorProfileProperties, ({ profile }: Connector) => profile],
    ["profiles", ConnectorProfileCredentials, ({ profile }: Connector) => profile],
  ])("knows the %s that AppFlow's requests know, under the same keys", (_, shape, partOf) => {
    const keys = connectors.filter((connector) => partOf(connector) !== undefined).map(({ key }) => key);

    expect(keys.toSorted()).toEqual(members(shape).toSorted());
  });

  it("names only connectors as the destinations of a source", () => {
    const named = connectors.flatMap(({ source }) => source?.destinations ?? []);

    expect(named.filter((type) => connectors.find((each) => each.type === type)?.destination === undefined)).toEqual(
      [],
    );
  });

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
