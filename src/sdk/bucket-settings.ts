import { show } from "./settings-reader.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** AppFlow's limit for a prefix, in characters. */
const MAX_PREFIX = 512;

/** The bucket that a setting names. */
export function readBucket(settings: SettingsReader, setting = "bucketName"): string {
  const bucket = settings.requiredText(setting, "name the bucket");
  if (bucket === undefined) return "";
  const fault = bucketFault(bucket);
  if (fault !== undefined) {
    settings.report(setting, `${show(bucket)} ${fault}`, "give the name of a bucket, without s3:// and without a key");
  }
  return bucket;
}

/** `bucketPrefix` as it is given; empty when it is not. */
export function readPrefix(settings: SettingsReader): string {
  const prefix = settings.text("bucketPrefix") ?? "";
  if (prefix.length > MAX_PREFIX) {
    settings.report("bucketPrefix", `it has ${prefix.length} characters, and ${MAX_PREFIX} is the limit`, "shorten it");
  }
  if (!prefix.isWellFormed()) settings.report("bucketPrefix", `${show(prefix)} is not valid Unicode`);
  return prefix;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketFault(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `has ${name.length} characters, and a bucket's name has 3 to 63`;
  if (!/^[a-z0-9.-]+$/.test(name)) return "holds something else than lower-case letters, digits, dots and hyphens";
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return "does not begin and end with a letter or a digit";
  if (name.includes("..")) return "has two dots in a row";
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) ? "looks like an IP address" : undefined;
}
