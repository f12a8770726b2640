import type { Connector } from "../../src/sdk/connector.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { Problem } from "../../src/sdk/problem.ts";

/** A connector of files in buckets, for tests of what surrounds connectors: nothing can be read from it. */
export const bucketConnector: Connector = {
  type: "S3",
  key: "S3",
  label: "Buckets",
  docs: "https://example.com",
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    check: checkPrefix,
    describeObject: (settings) => JSON.stringify(settings),
    read() {
      throw new Error("This connector reads nothing.");
    },
  },
  destination: {
    delivery: "append",
    check: checkPrefix,
    describeObject: (settings) => JSON.stringify(settings),
    files() {
      throw new Error("This connector writes nothing.");
    },
  },
};

/** A source of another name, which needs a profile and cannot be written to. */
export const profiledConnector: Connector = {
  type: "Zendesk",
  key: "Zendesk",
  label: "Help desk",
  docs: "https://example.com",
  profile: { auth: ["oauth2"], check: () => [] },
  source: { ...bucketConnector.source!, triggers: ["on-demand", "scheduled"], check: () => [] },
};

function checkPrefix({ bucketPrefix }: JsonObject): readonly Problem[] {
  if (typeof bucketPrefix !== "string" || !bucketPrefix.includes("..")) return [];
  return [{ path: "bucketPrefix", message: `"${bucketPrefix}" leads out of the bucket`, remedy: "leave out `..`" }];
}
