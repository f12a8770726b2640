import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destination } from "../../../connectors/s3/destination.ts";
import { objectKey, outputPrefix } from "../../../src/plan/output-layout.ts";
import type { FileTarget } from "../../../src/sdk/connector.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";

const BUCKET = "dst-bkt";

const DEFAULT: FileTarget = {
  bucket: BUCKET,
  prefix: "",
  format: "json",
  typed: false,
  layout: {
    datePath: false,
    granularity: undefined,
    schemaVersionFolder: false,
    executionFolder: false,
  },
  aggregation: "none",
  targetFileBytes: undefined,
};

function files(settings: JsonObject): FileTarget {
  const all = { bucketName: BUCKET, ...settings };
  expect(destination.check(all)).toEqual([]);
  return destination.files(all);
}

const formatted = (config: JsonObject) => files({ s3OutputFormatConfig: config });
const prefixed = (config: JsonObject) => formatted({ prefixConfig: config }).layout;

describe("files", () => {
  it.each<JsonObject>([
    {},
    { s3OutputFormatConfig: {} },
    { s3OutputFormatConfig: null, bucketPrefix: null },
    { bucketPrefix: "" },
  ])("takes AppFlow's defaults with %j", (settings) => {
    expect(files(settings)).toEqual(DEFAULT);
  });

  it.each(["crm/raw", "/crm/raw", "crm/raw/", "//crm/raw//"])(
    "reads the prefix %s without the slashes at its ends",
    (prefix) => {
      expect(files({ bucketPrefix: prefix }).prefix).toBe("crm/raw");
    },
  );

  it.each([
    ["CSV", "csv"],
    ["JSON", "json"],
    ["PARQUET", "parquet"],
  ])("writes %s", (fileType, format) => {
    expect(formatted({ fileType }).format).toBe(format);
  });

  it("keeps types in Parquet files only, and only when asked to", () => {
    expect(formatted({ fileType: "PARQUET" }).typed).toBe(false);
    expect(formatted({ fileType: "PARQUET", preserveSourceDataTyping: true }).typed).toBe(true);
    expect(formatted({ fileType: "CSV", preserveSourceDataTyping: true }).typed).toBe(false);
  });

  it.each([
    [{}, {}],
    [{ prefixType: "PATH" }, { datePath: true }],
    [{ prefixType: "FILENAME", prefixFormat: "HOUR" }, { granularity: "hour" }],
    [
      { prefixType: "PATH_AND_FILENAME", prefixFormat: "DAY" },
      { datePath: true, granularity: "day" },
    ],
    [{ pathPrefixHierarchy: ["EXECUTION_ID"] }, { executionFolder: true }],
    [{ pathPrefixHierarchy: ["SCHEMA_VERSION", "EXECUTION_ID"] }, { schemaVersionFolder: true, executionFolder: true }],
    [{ pathPrefixHierarchy: [] }, {}],
  ])("reads the layout %j", (config, layout) => {
    expect(prefixed(config)).toEqual({ ...DEFAULT.layout, ...layout });
  });

  it.each([
    [{}, "none", undefined],
    [{ aggregationType: "None" }, "none", undefined],
    [{ aggregationType: "SingleFile" }, "single-file", undefined],
    [{ aggregationType: "None", targetFileSize: 128 }, "none", 128 * 1024 * 1024],
    [{ aggregationType: "SingleFile", targetFileSize: 0 }, "single-file", undefined],
  ])("reads the aggregation %j", (aggregationConfig, aggregation, targetFileBytes) => {
    expect(formatted({ aggregationConfig })).toMatchObject({ aggregation, targetFileBytes });
  });

  it("names what it writes by bucket and prefix", () => {
    expect(destination.describeObject({ bucketName: BUCKET, bucketPrefix: "/crm/" })).toBe("s3://dst-bkt/crm");
  });
});

describe("check", () => {
  it("reports everything that is wrong, each with its value and what to do", () => {
    const problems = destination.check({
      bucketName: "Lake_1",
      bucketPrefix: "a//../b\\c",
      s3OutputFormatConfig: {
        fileType: "XML",
        preserveSourceDataTyping: "yes",
        prefixConfig: { prefixType: "FOLDER", prefixFormat: "WEEK", pathPrefixHierarchy: ["EXECUTION_ID", "DATE"] },
        aggregationConfig: { aggregationType: "MultipleFiles", targetFileSize: -1 },
      },
    });

    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      "bucketName",
      "bucketPrefix",
      "bucketPrefix",
      "bucketPrefix",
      "s3OutputFormatConfig.aggregationConfig.aggregationType",
      "s3OutputFormatConfig.aggregationConfig.targetFileSize",
      "s3OutputFormatConfig.fileType",
      "s3OutputFormatConfig.prefixConfig.pathPrefixHierarchy[1]",
      "s3OutputFormatConfig.prefixConfig.prefixFormat",
      "s3OutputFormatConfig.prefixConfig.prefixType",
      "s3OutputFormatConfig.preserveSourceDataTyping",
    ]);
    expect(problems).toContainEqual({
      path: "s3OutputFormatConfig.aggregationConfig.aggregationType",
      message: '"MultipleFiles" is none of the values that it can have',
      remedy: "choose None or SingleFile",
    });
  });

  it.each([[1.5], [500_001], ["128"], [-1]])("finds fault with a targetFileSize of %j", (targetFileSize) => {
    const settings = { bucketName: BUCKET, s3OutputFormatConfig: { aggregationConfig: { targetFileSize } } };

    expect(destination.check(settings)).toHaveLength(1);
  });

  it.each([
    ["é".repeat(257), "512 bytes"],
    ["a//b", "empty folder"],
    ["a/./b", '"."'],
    ["../a", '".."'],
    ["a\\b", "backslash"],
    ["a\nb", "control characters"],
    ["e\u0301", "NFC"],
    ["_millrace/errors", "reserved"],
    ["/_millrace", "reserved"],
  ])("refuses the prefix %j, naming its fault: %s", (bucketPrefix, fault) => {
    const problems = destination.check({ bucketName: BUCKET, bucketPrefix });

    expect(problems).toMatchObject([{ path: "bucketPrefix", message: expect.stringContaining(fault) }]);
    expect(problems[0]!.remedy).toBeDefined();
  });

  it("lets no prefix pass under which a key would leave its flow's folder or exceed S3's limit", () => {
    const piece = fc.constantFrom(
      "a",
      "é",
      "e\u0301",
      ".",
      "..",
      "/",
      "\\",
      "\0",
      "\u007f",
      "_millrace",
      " ",
      "x".repeat(300),
    );
    const prefix = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(prefix, (bucketPrefix) => {
        const settings = { bucketName: BUCKET, bucketPrefix };
        fc.pre(destination.check(settings).length === 0);
        const target = destination.files(settings);
        const run = { flow: "f".repeat(256), runId: "r".repeat(36), schemaVersion: 1, startedAt: 0, output: 0 };

        const key = objectKey(target, {
          ...run,
          piece: { slice: 9999, segment: 9999, attempt: 9999 },
          partition: [{ field: "x", value: "y".repeat(2000) }],
          sequence: 1,
        });

        expect(key.startsWith(outputPrefix(target.prefix, run.flow))).toBe(true);
        expect(key.split("/").some((segment) => ["", ".", ".."].includes(segment))).toBe(false);
        expect(key.startsWith("_millrace/")).toBe(false);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 500 },
    );
  });
});
