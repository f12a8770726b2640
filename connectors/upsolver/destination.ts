import { readFileTarget, SettingsReader, show } from "#sdk";
import type { FileDestination, JsonObject } from "#sdk";

/** What Upsolver names the buckets that it makes for AppFlow, and AppFlow asks of every one. */
const BUCKET_PREFIX = "upsolver-appflow";

/** Files in a bucket of S3 that Upsolver reads: AppFlow makes no call to Upsolver, and neither do we. */
export const destination: FileDestination = {
  delivery: "append",

  check(settings) {
    const reader = new SettingsReader(settings);
    const { bucket } = readFileTarget(reader);
    if (bucket !== "" && !bucket.startsWith(BUCKET_PREFIX)) {
      reader.report("bucketName", `${show(bucket)} does not begin with ${BUCKET_PREFIX}`, "use a bucket of Upsolver's");
    }
    return reader.problems;
  },

  describeObject(settings) {
    const { bucket, prefix } = targetOf(settings);
    return `s3://${bucket}/${prefix}`;
  },

  files: targetOf,
};

function targetOf(settings: JsonObject) {
  return readFileTarget(new SettingsReader(settings));
}
