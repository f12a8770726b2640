import type { FileLayout, FileTarget } from "./connector.ts";
import { readBucket, readOutputPrefix } from "./bucket-settings.ts";
import type { SettingsReader } from "./settings-reader.ts";

const MEBIBYTE = 1024 * 1024;

/** What the 10,000 parts of one upload hold with room to spare, at the part sizes that the engine chooses. */
const MAX_FILE_MB = 500_000;

const FORMATS: ReadonlyMap<string, FileTarget["format"]> = new Map([
  ["CSV", "csv"],
  ["JSON", "json"],
  ["PARQUET", "parquet"],
]);

const PREFIX_TYPES: ReadonlyMap<string, Pick<FileLayout, "datePath">> = new Map([
  ["FILENAME", { datePath: false }],
  ["PATH", { datePath: true }],
  ["PATH_AND_FILENAME", { datePath: true }],
]);

const GRANULARITIES: ReadonlyMap<string, NonNullable<FileLayout["granularity"]>> = new Map([
  ["YEAR", "year"],
  ["MONTH", "month"],
  ["DAY", "day"],
  ["HOUR", "hour"],
  ["MINUTE", "minute"],
]);

const FOLDERS: ReadonlyMap<string, "schemaVersion" | "execution"> = new Map([
  ["SCHEMA_VERSION", "schemaVersion"],
  ["EXECUTION_ID", "execution"],
]);

const AGGREGATIONS: ReadonlyMap<string, FileTarget["aggregation"]> = new Map([
  ["None", "none"],
  ["SingleFile", "single-file"],
]);

/**
 * Which files to write, as the settings of S3 and its kin say it: `bucketName`, `bucketPrefix`, `s3OutputFormatConfig`.
 * Whatever is wrong with them is in the reader's problems.
 */
export function readFileTarget(reader: SettingsReader): FileTarget {
  const output = reader.within("s3OutputFormatConfig");
  const aggregation = output.within("aggregationConfig");
  const format = output.choice("fileType", FORMATS) ?? "json";
  const keepTypes = output.flag("preserveSourceDataTyping");
  const megabytes = aggregation.count("targetFileSize", MAX_FILE_MB);
  return {
    bucket: readBucket(reader),
    prefix: readOutputPrefix(reader),
    format,
    typed: format === "parquet" && keepTypes,
    layout: readLayout(output.within("prefixConfig")),
    aggregation: aggregation.choice("aggregationType", AGGREGATIONS) ?? "none",
    // Terraform sends 0 for "no size".
    targetFileBytes: megabytes === undefined || megabytes === 0 ? undefined : megabytes * MEBIBYTE,
  };
}

function readLayout(reader: SettingsReader): FileLayout {
  const type = reader.choice("prefixType", PREFIX_TYPES) ?? { datePath: false };
  const folders = reader.choices("pathPrefixHierarchy", FOLDERS);
  return {
    ...type,
    granularity: reader.choice("prefixFormat", GRANULARITIES),
    schemaVersionFolder: folders.includes("schemaVersion"),
    executionFolder: folders.includes("execution"),
  };
}
