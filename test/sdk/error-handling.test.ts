import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { errorHandlingOf, readErrorHandling } from "../../src/sdk/error-handling.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { SettingsReader } from "../../src/sdk/settings-reader.ts";

describe("what becomes of rejected records", () => {
  it("is what the flow says", () => {
    const errorHandlingConfig = { bucketName: "bad-ones", bucketPrefix: "/a/b/", failOnFirstDestinationError: true };

    expect(read({ errorHandlingConfig })).toEqual({
      handling: { location: { bucket: "bad-ones", prefix: "a/b" }, failOnFirst: true },
      problems: [],
    });
  });

  it.each<[string, JsonObject]>([
    ["nothing", {}],
    ["null", { errorHandlingConfig: null }],
    ["no bucket", { errorHandlingConfig: { bucketPrefix: "a", failOnFirstDestinationError: false } }],
  ])("is the engine's choice where the flow says %s", (_, settings) => {
    expect(read(settings)).toEqual({ handling: { location: undefined, failOnFirst: false }, problems: [] });
  });

  it("is refused with everything that is wrong with it", () => {
    const errorHandlingConfig = { bucketName: "Bad_Ones", bucketPrefix: "a//b", failOnFirstDestinationError: "yes" };

    expect(read({ errorHandlingConfig }).problems.map(({ path }) => path)).toEqual([
      "errorHandlingConfig.bucketName",
      "errorHandlingConfig.bucketPrefix",
      "errorHandlingConfig.failOnFirstDestinationError",
    ]);
  });

  it("can be said for the destinations for which AppFlow's API has the setting, and no others", () => {
    const settings = { errorHandlingConfig: { failOnFirstDestinationError: true } };
    const able = connectors.filter(({ destination }) => errorHandlingOf(destination, settings).failOnFirst);

    expect(able.map(({ type }) => type).toSorted()).toEqual([
      "CustomConnector",
      "EventBridge",
      "Honeycode",
      "Marketo",
      "Redshift",
      "SAPOData",
      "Salesforce",
      "Snowflake",
      "Zendesk",
    ]);
  });
});

function read(settings: JsonObject) {
  const reader = new SettingsReader(settings);
  return { handling: readErrorHandling(reader), problems: reader.problems };
}
